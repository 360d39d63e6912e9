package io.semblance.topology;

import io.semblance.event.Topics;
import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Adds the embeddings topics of the models for searches to those that the streams wait for, and
 * that the commands create and check. The Kafka Streams extension reads its list as configuration.
 */
public final class EmbeddingsTopics implements ConfigSourceFactory {
  private static final String TOPICS = "quarkus.kafka-streams.topics";

  /** Over application.properties, under whatever a user says. */
  private static final int ORDINAL = 260;

  /** A variable of the environment has dots for hyphens. */
  private static final Pattern DIRECTORY =
      Pattern.compile("semblance\\.search[-.]models\\.\"?([^.\"]+)\"?\\.directory");

  @Override
  public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
    ConfigValue topics = context.getValue(TOPICS);
    if (topics == null || topics.getValue() == null) {
      return List.of();
    }
    TreeSet<String> searchModels = new TreeSet<>();
    for (Iterator<String> names = context.iterateNames(); names.hasNext(); ) {
      Matcher name = DIRECTORY.matcher(names.next());
      if (name.matches()) {
        searchModels.add(name.group(1));
      }
    }
    StringBuilder all = new StringBuilder(topics.getValue());
    searchModels.forEach(name -> all.append(',').append(Topics.imageEmbeddings(name)));
    return List.of(
        new PropertiesConfigSource(
            Map.of(TOPICS, all.toString()), "topics of the models for searches", ORDINAL));
  }

  @Override
  public OptionalInt getPriority() {
    return OptionalInt.of(ORDINAL);
  }
}
