package io.semblance.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.semblance.broker.TopicAdministration;
import io.semblance.broker.TopicConsumers;
import io.semblance.event.CloudEventHeaders;
import io.semblance.event.Topics;
import io.semblance.event.UploadRecords;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Produces upload events from files, folders and URLs. */
@Command(
    name = "upload",
    description = "Produce an upload event for each image: files, folders (recursively) or URLs.",
    mixinStandardHelpOptions = true)
final class UploadCommand implements Callable<Integer> {
  private static final Set<String> ENDINGS = Set.of("jpg", "jpeg", "png", "webp", "gif");
  private static final Set<String> TEXT_ENDINGS = Set.of("csv", "jsonl");
  private static final int REQUEST_BYTES_MAX = 25 << 20;
  private static final UploadRecords RECORDS = new UploadRecords("urn:semblance:upload");
  private static final Duration POLL = Duration.ofMillis(200);

  /** Most endings that are named of files that are left out. */
  private static final int ENDINGS_TOLD_MAX = 10;

  /** Events sent before their acknowledgements are looked at. */
  private static final int IN_FLIGHT_MAX = 64;

  @Spec private CommandSpec spec;
  @Mixin private BrokerOption broker;
  @Mixin private JsonOption json;
  @Mixin private ServiceClient service;

  @Parameters(
      paramLabel = "PATH_OR_URL",
      arity = "1..*",
      description = "Files, folders, or http(s) URLs for the service to fetch.")
  private List<String> sources = new ArrayList<>();

  @Option(
      names = "--id",
      description = "The image's id, if there is one image; by default its path or URL.")
  private String id = "";

  @Option(names = "--tenant", description = "The images' tenant.")
  private String tenant = "";

  @Option(names = "--category", description = "The images' category.")
  private String category = "";

  @Option(names = "--wait", description = "Wait until each image is embedded or refused.")
  private boolean waiting;

  @Option(
      names = "--wait-limit",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description = "Longest wait; ${DEFAULT-VALUE} by default.")
  private int waitLimitSeconds;

  @Option(
      names = "--texts",
      description =
          "The files hold texts in place of images: one each, or many with their ids: in .csv the columns id and text, in .jsonl an object with id and text in each line. Takes a service with a model that has a text tower, which is asked for at --url.")
  private boolean texts;

  /** What to upload: a file, a URL that the service fetches, or a text. */
  private record Image(String id, Path file, String url, @Nullable String text) {
    Image(String id, Path file) {
      this(id, file, "", null);
    }
  }

  private record Sent(Image image, String eventId, Future<RecordMetadata> result) {}

  @Override
  public Integer call() throws Exception {
    List<Image> images = texts ? texts() : images();
    if (images.isEmpty()) {
      throw new IllegalArgumentException(
          texts
              ? "there are no texts in " + sources
              : "there are no images (%s) in %s".formatted(String.join(", ", ENDINGS), sources));
    }
    if (!id.isEmpty() && images.size() > 1) {
      throw new IllegalArgumentException(
          "--id names one image, but there are %d".formatted(images.size()));
    }
    if (texts) {
      requireTextTower();
    }
    try (TopicAdministration topics = new TopicAdministration(broker.bootstrapServers)) {
      topics.requirePresent(Topics.IMAGE_UPLOADS);
    }
    try (KafkaConsumer<String, byte[]> outcomes = waiting ? outcomes() : null) {
      Set<String> events = upload(images);
      boolean complete = events.size() == images.size();
      boolean processed = outcomes == null || await(outcomes, events);
      return complete && processed ? 0 : 1;
    }
  }

  /** Without a text tower every text would be a dead letter; where no service answers, says so. */
  private void requireTextTower() throws InterruptedException {
    JsonNode indexes;
    try {
      indexes = service.getJson("/v1/status").path("indexes");
      if (!indexes.isArray()) {
        throw new IllegalStateException(service.url() + " is not a Semblance service");
      }
    } catch (IOException | IllegalStateException e) {
      PrintWriter err = spec.commandLine().getErr();
      err.println("semblance: whether a model embeds texts is not known: " + e.getMessage());
      err.flush();
      return;
    }
    if (indexes.valueStream().noneMatch(index -> index.path("texts").asBoolean())) {
      throw new IllegalArgumentException(
          "the service at %s has no model with a text tower, without which every text would go to the dead letters: run one, such as CLIP, or name another service with --url"
              .formatted(service.url()));
    }
  }

  /** What becomes of uploads; made before them, so that it misses nothing. */
  private KafkaConsumer<String, byte[]> outcomes() {
    return TopicConsumers.fromNow(
        broker.bootstrapServers, List.of(Topics.IMAGE_EMBEDDINGS, Topics.DEAD_LETTERS));
  }

  private List<Image> texts() throws IOException {
    List<Image> images = new ArrayList<>();
    for (String source : sources) {
      for (TextFile.Entry entry : new TextFile(Path.of(source)).read()) {
        String name = id.isEmpty() ? entry.id() : id;
        images.add(new Image(name, Path.of(source), "", entry.text()));
      }
    }
    return images;
  }

  private List<Image> images() throws IOException {
    List<Image> images = new ArrayList<>();
    List<Path> others = new ArrayList<>();
    for (String source : sources) {
      if (source.startsWith("http://") || source.startsWith("https://")) {
        images.add(new Image(id.isEmpty() ? source : id, Path.of(""), source, null));
        continue;
      }
      Path path = Path.of(source);
      if (Files.isRegularFile(path)) {
        if (TEXT_ENDINGS.contains(ending(path))) {
          throw new IllegalArgumentException(
              "%s is no image: if it holds texts, add --texts".formatted(path));
        }
        images.add(new Image(id.isEmpty() ? path.toString() : id, path));
      } else if (Files.isDirectory(path)) {
        for (Path file : files(path)) {
          if (ENDINGS.contains(ending(file))) {
            images.add(new Image(id.isEmpty() ? file.toString() : id, file));
          } else {
            others.add(file);
          }
        }
      } else {
        throw new IllegalArgumentException("there is no file or folder " + source);
      }
    }
    if (!others.isEmpty()) {
      tellOf(others);
    }
    return images;
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** Returns what follows a file name's last dot; nothing where there is none. */
  private static String ending(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    int dot = name.lastIndexOf('.');
    return dot < 0 ? "" : name.substring(dot + 1);
  }

  private void tellOf(List<Path> others) {
    String endings =
        others.stream()
            .map(UploadCommand::ending)
            .map(ending -> ending.isEmpty() ? "without ending" : ending)
            .distinct()
            .sorted()
            .limit(ENDINGS_TOLD_MAX)
            .collect(Collectors.joining(", "));
    PrintWriter err = spec.commandLine().getErr();
    err.println(
        "semblance: %d other files left out (%s): of a folder, %s are uploaded; name others yourself"
            .formatted(others.size(), endings, String.join(", ", new TreeSet<>(ENDINGS))));
    err.flush();
  }

  /** Uploads what can be uploaded, names what cannot, and returns the events that were sent. */
  private Set<String> upload(List<Image> images) throws InterruptedException {
    PrintWriter err = spec.commandLine().getErr();
    Progress progress = new Progress(err, Progress.onTerminal(), "uploaded", images.size());
    Set<String> events = new HashSet<>();
    List<Sent> sent = new ArrayList<>();
    try (KafkaProducer<String, byte[]> producer = producer()) {
      for (Image image : images) {
        try {
          sent.add(send(producer, image));
        } catch (IOException e) {
          refuse(image, String.valueOf(e.getMessage()));
        }
        if (sent.size() == IN_FLIGHT_MAX) {
          acknowledge(sent, events);
          progress.show(events.size());
        }
      }
      acknowledge(sent, events);
    }
    progress.end(events.size());
    if (events.size() < images.size()) {
      err.println(
          "semblance: %d images were not uploaded, see above"
              .formatted(images.size() - events.size()));
    }
    if (!waiting && !events.isEmpty()) {
      err.println(
          "Whether they can be embedded shows later: upload --wait waits for it, dead-letters names the refused.");
    }
    err.flush();
    return events;
  }

  private void refuse(Image image, String reason) {
    json.print(
        spec.commandLine().getOut(),
        Map.of("id", image.id(), "refused", reason),
        "%s  refused: %s".formatted(image.id(), reason));
  }

  private KafkaProducer<String, byte[]> producer() {
    return new KafkaProducer<>(
        Map.of(
            "bootstrap.servers",
            broker.bootstrapServers,
            "acks",
            "all",
            "enable.idempotence",
            true,
            "max.request.size",
            REQUEST_BYTES_MAX,
            "max.block.ms",
            20_000),
        new StringSerializer(),
        new ByteArraySerializer());
  }

  private Sent send(KafkaProducer<String, byte[]> producer, Image image) throws IOException {
    String eventId = UUID.randomUUID().toString();
    ProducerRecord<String, byte[]> record;
    if (image.text() != null) {
      record = RECORDS.text(image.id(), eventId, image.text());
    } else if (image.url().isEmpty()) {
      record =
          RECORDS.image(image.id(), eventId, new InputFile(image.file()).read(REQUEST_BYTES_MAX));
    } else {
      record = RECORDS.reference(image.id(), eventId, image.url());
    }
    UploadRecords.setIfPresent(record, CloudEventHeaders.TENANT, tenant);
    UploadRecords.setIfPresent(record, CloudEventHeaders.CATEGORY, category);
    return new Sent(image, eventId, producer.send(record));
  }

  private void acknowledge(List<Sent> sent, Set<String> events) throws InterruptedException {
    for (Sent one : sent) {
      try {
        RecordMetadata position = one.result().get();
        events.add(one.eventId());
        json.print(
            spec.commandLine().getOut(),
            Map.of(
                "id", one.image().id(),
                "eventId", one.eventId(),
                "partition", position.partition(),
                "offset", position.offset()),
            "%s  partition %d offset %d"
                .formatted(one.image().id(), position.partition(), position.offset()));
      } catch (ExecutionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        if (!(cause instanceof RecordTooLargeException)) {
          // Not this image's fault: the others would meet it as well.
          throw new IllegalStateException(
              "%s was not uploaded: %s".formatted(one.image().id(), cause.getMessage()), e);
        }
        refuse(
            one.image(),
            "it is larger than the broker takes: make it smaller, or raise max.message.bytes of the topic %s (%s)"
                .formatted(Topics.IMAGE_UPLOADS, cause.getMessage()));
      }
    }
    sent.clear();
  }

  /** Waits for what becomes of {@code events}; returns whether all of them were embedded. */
  private boolean await(KafkaConsumer<String, byte[]> outcomes, Set<String> events) {
    PrintWriter err = spec.commandLine().getErr();
    int total = events.size();
    Progress progress = new Progress(err, Progress.onTerminal(), "processed", total);
    int failed = 0;
    long deadline = System.nanoTime() + Duration.ofSeconds(waitLimitSeconds).toNanos();
    while (!events.isEmpty() && System.nanoTime() - deadline < 0) {
      for (ConsumerRecord<String, byte[]> record : outcomes.poll(POLL)) {
        boolean dead = record.topic().equals(Topics.DEAD_LETTERS);
        String event =
            CloudEventHeaders.text(
                record.headers(), dead ? CloudEventHeaders.ID : CloudEventHeaders.CAUSATION_ID);
        if (event != null && events.remove(event) && dead) {
          failed++;
          String reason = CloudEventHeaders.text(record.headers(), DeadLettersCommand.REASON);
          json.print(
              spec.commandLine().getOut(),
              Map.of("id", record.key(), "refused", String.valueOf(reason)),
              "%s  refused: %s".formatted(record.key(), reason));
        }
      }
      progress.show(total - events.size());
    }
    progress.end(total - events.size());
    if (!events.isEmpty()) {
      err.println(
          "semblance: %d images were not processed within %d s: is the service running?"
              .formatted(events.size(), waitLimitSeconds));
    }
    err.flush();
    return failed == 0 && events.isEmpty();
  }
}
