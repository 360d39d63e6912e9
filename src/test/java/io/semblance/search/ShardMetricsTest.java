package io.semblance.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.junit.jupiter.api.Test;

class ShardMetricsTest {
  private static final String MATCHING = "matching";
  private static final String CLIP = "clip";

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<InstanceStatus.Shard> shards = new ArrayList<>();
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicLong nanos = new AtomicLong();

  @Test
  void shouldAskForOneStatusForAllMetersOfAScrape() {
    shards.add(shard(MATCHING, 0, true, 5));
    shards.add(shard(MATCHING, 1, false, 7));
    shards.add(shard(CLIP, 0, true, 3));
    ShardMetrics _ = metrics();

    meters.getMeters().forEach(meter -> meter.measure().forEach(Measurement::getValue));

    assertThat(asked).hasValue(1);
    assertThat(gauge("vectors", MATCHING)).isEqualTo(12);
    assertThat(gauge("vectors.coded", MATCHING)).isEqualTo(12);
    assertThat(gauge("vectors", CLIP)).isEqualTo(3);
    assertThat(gauge("foreign.records", MATCHING)).isEqualTo(12);
  }

  @Test
  void shouldCountWhatOnlyGrowsThoughAShardIsOpenedAgain() {
    shards.add(shard(MATCHING, 0, true, 5));
    ShardMetrics _ = metrics();
    for (String name : List.of("searched", "past.first.slab", "scored", "found")) {
      assertThat(count("rows." + name)).as(name).isEqualTo(5);
    }
    assertThat(count("snapshot.failures")).isEqualTo(5);

    shards.set(0, shard(MATCHING, 0, true, 2)); // counts begin at 0 where a shard is opened
    nanos.addAndGet(ShardMetrics.STATUS_AGE_MAX.toNanos());
    assertThat(count("rows.searched")).isEqualTo(7);
  }

  private ShardMetrics metrics() {
    return new ShardMetrics(new Counting(), List.of(MATCHING, CLIP), meters, nanos::get);
  }

  private double gauge(String name, String model) {
    return meters.get("semblance.index." + name).tag("model", model).gauge().value();
  }

  private double count(String name) {
    return meters.get("semblance.index." + name).tag("model", MATCHING).functionCounter().count();
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
  static InstanceStatus.Shard shard(String model, int number, boolean active, long count) {
    return new InstanceStatus.Shard(
        model, number, active, count, count, count, count, count, count, count, count, count, count,
        count, count, null, count, null, count, count, count, null);
  }

  private final class Counting implements LocalShards {
    @Override
    public ShardReader reader(ModelIndex index) {
      throw new UnsupportedOperationException("not asked here");
    }

    @Override
    public InstanceStatus status() {
      asked.incrementAndGet();
      return new InstanceStatus("a:1", "RUNNING", shards, Map.of(), null);
    }
  }
}
