package io.semblance.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.semblance.vector.IndexRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.junit.jupiter.api.Test;

class ShardMetricsTest {
  private static final Duration TIME_LIMIT = Duration.ofSeconds(1);

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<InstanceStatus.Shard> shards = new ArrayList<>();
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicLong nanos = new AtomicLong();

  @Test
  void shouldAskForOneStatusForAllMetersOfAScrape() {
    shards.add(shard(0, true, 5));
    shards.add(shard(1, false, 7));
    ShardMetrics _ = metrics();

    meters.getMeters().forEach(meter -> meter.measure().forEach(Measurement::getValue));

    assertThat(asked).hasValue(1);
    assertThat(meters.get("semblance.index.vectors").gauge().value()).isEqualTo(12);
    assertThat(meters.get("semblance.index.vectors.coded").gauge().value()).isEqualTo(12);
  }

  @Test
  void shouldCountWhatOnlyGrowsThoughAShardIsOpenedAgain() {
    shards.add(shard(0, true, 5));
    ShardMetrics _ = metrics();
    for (String name : List.of("searched", "past.first.slab", "scored", "found")) {
      assertThat(count("rows." + name)).as(name).isEqualTo(5);
    }
    assertThat(count("snapshot.failures")).isEqualTo(5);

    shards.set(0, shard(0, true, 2)); // counts begin at 0 where a shard is opened
    nanos.addAndGet(ShardMetrics.STATUS_AGE_MAX.toNanos());
    assertThat(count("rows.searched")).isEqualTo(7);
  }

  private ShardMetrics metrics() {
    return new ShardMetrics(new Counting(), TIME_LIMIT, meters, nanos::get);
  }

  private double count(String name) {
    return meters.get("semblance.index." + name).functionCounter().count();
  }

  @Test
  void shouldDescribeEveryFigureOfAShard() {
    assertThat(InstanceStatus.Shard.class.getRecordComponents())
        .allSatisfy(component -> {
          Schema schema = component.getAccessor().getAnnotation(Schema.class);
          assertThat(schema).as(component.getName()).isNotNull();
          assertThat(schema.description()).as(component.getName()).isNotBlank();
        });
  }

  /** Returns a shard all of whose figures are {@code count}. */
  static InstanceStatus.Shard shard(int number, boolean active, long count) {
    return new InstanceStatus.Shard(
        number, active, count, count, count, count, count, count, count, count, count, count, count,
        count, null, count, count, count, null);
  }

  private final class Counting implements ShardReader {
    @Override
    public List<ShardAnswer<ShardHits>> search(
        Set<Integer> wanted, ShardSearch search, Duration timeLimit) {
      return List.of();
    }

    @Override
    public List<ShardAnswer<Optional<IndexRow>>> row(
        int shard, String imageId, Duration timeLimit) {
      return List.of();
    }

    @Override
    public InstanceStatus status(Duration timeLimit) {
      asked.incrementAndGet();
      return new InstanceStatus("a:1", "RUNNING", shards, Map.of(), null);
    }
  }
}
