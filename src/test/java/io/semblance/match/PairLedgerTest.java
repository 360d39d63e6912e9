package io.semblance.match;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Walks through every order in which the steps of two uploads can interleave, in two partitions and
 * in one, and counts the alerts for their pair.
 */
class PairLedgerTest {
  private static final String PAIR = "pair";

  private TopologyTestDriver driver;
  private KeyValueStore<String, String> here;
  private KeyValueStore<String, String> there;

  @BeforeEach
  void openStores() {
    Topology topology = new Topology();
    topology.addSource("in", new StringDeserializer(), new StringDeserializer(), "in");
    topology.addProcessor("ignore", Ignoring::new, "in");
    for (String name : List.of("here", "there")) {
      topology.addStateStore(
          Stores.keyValueStoreBuilder(
              Stores.inMemoryKeyValueStore(name), Serdes.String(), Serdes.String()),
          "ignore");
    }
    driver = new TopologyTestDriver(topology, new Properties());
    here = driver.getKeyValueStore("here");
    there = driver.getKeyValueStore("there");
  }

  private static final class Ignoring implements Processor<String, String, Void, Void> {
    @Override
    public void process(Record<String, String> record) {}
  }

  @AfterEach
  void close() {
    driver.close();
  }

  @Test
  void shouldForgetTheOldestPairsBeyondTheLimit() {
    for (int i = 0; i < 10; i++) {
      int time = 1_000 + i;
      new PairLedger(here, () -> time).found("image-" + i, PAIR);
    }

    new PairLedger(here, () -> 0).prune(1_002, 100);
    assertThat(here.approximateNumEntries()).isEqualTo(8);
    new PairLedger(here, () -> 0).prune(0, 3);

    assertThat(here.approximateNumEntries()).isEqualTo(3);
    assertThat(here.get("image-9\0" + PAIR)).isNotNull();
  }

  @Test
  void shouldAlertOncePerPairWhateverTheOrderOfSteps() {
    for (boolean samePartition : List.of(false, true)) {
      List<List<String>> orders = new ArrayList<>();
      interleave(new ArrayList<>(), 0, 0, orders);
      assertThat(orders).as("every order was generated").hasSize(70);
      for (List<String> order : orders) {
        Simulation simulation = new Simulation(samePartition);
        order.forEach(simulation::step);
        assertThat(simulation.alerts)
            .as("alerts in order %s, same partition: %s", order, samePartition)
            .isEqualTo(1);
      }
    }
  }

  @Test
  void shouldStaySilentWhenAnAlertedPairIsFoundAgain() {
    Simulation simulation = new Simulation(false);
    List.of("insert X", "own X", "other X", "gather X", "insert Y", "own Y", "other Y", "gather Y")
        .forEach(simulation::step);
    assertThat(simulation.alerts).isEqualTo(1);

    List.of("own Y", "other Y", "gather Y", "own X", "other X", "gather X")
        .forEach(simulation::step);

    assertThat(simulation.alerts).as("after both were uploaded again").isEqualTo(1);
  }

  @Test
  void shouldForgetThePairsOfADeletedImageAlone() {
    PairLedger ledger = new PairLedger(here, () -> 0);
    ledger.claim("X", PAIR, false, true);
    ledger.claim("XY", PAIR, false, true);

    ledger.forget("X");

    assertThat(ledger.found("X", PAIR)).as("X's pair is known").isFalse();
    assertThat(ledger.found("XY", PAIR))
        .as("the pair of an image with a longer id is known")
        .isTrue();
  }

  /** All merges of X's four steps and Y's four steps that keep each one's own order. */
  private static void interleave(List<String> prefix, int x, int y, List<List<String>> orders) {
    String[] steps = {"insert ", "own ", "other ", "gather "};
    if (x == steps.length && y == steps.length) {
      orders.add(List.copyOf(prefix));
      return;
    }
    if (x < steps.length) {
      prefix.add(steps[x] + "X");
      interleave(prefix, x + 1, y, orders);
      prefix.removeLast();
    }
    if (y < steps.length) {
      prefix.add(steps[y] + "Y");
      interleave(prefix, x, y + 1, orders);
      prefix.removeLast();
    }
  }

  /** Two images that match: X the earlier upload, Y the later; "own" and "other" are shards. */
  private final class Simulation {
    private final PairLedger shardOfX;
    private final PairLedger shardOfY;
    private final boolean samePartition;
    private boolean insertedX;
    private boolean insertedY;
    private @Nullable Boolean foundByX;
    private @Nullable Boolean foundByY;
    private int alerts;

    Simulation(boolean samePartition) {
      clear(here);
      clear(there);
      this.samePartition = samePartition;
      shardOfX = new PairLedger(here, () -> 0);
      shardOfY = new PairLedger(samePartition ? here : there, () -> 0);
    }

    /** A probe meets the other image in one shard alone: its own if both share it. */
    void step(String step) {
      switch (step) {
        case "insert X" -> insertedX = true;
        case "insert Y" -> insertedY = true;
        case "own X" -> probe("X", samePartition);
        case "own Y" -> probe("Y", samePartition);
        case "other X" -> probe("X", !samePartition);
        case "other Y" -> probe("Y", !samePartition);
        case "gather X" -> gather(shardOfX, "X", foundByX, false);
        case "gather Y" -> gather(shardOfY, "Y", foundByY, true);
        default -> throw new IllegalArgumentException(step);
      }
    }

    private void probe(String probe, boolean meets) {
      if (!meets) {
        return;
      }
      if (probe.equals("X")) {
        foundByX = insertedY ? shardOfY.found("Y", PAIR) : null;
      } else {
        foundByY = insertedX ? shardOfX.found("X", PAIR) : null;
      }
    }

    private void gather(PairLedger ledger, String image, @Nullable Boolean found, boolean later) {
      if (found != null && ledger.claim(image, PAIR, found, later)) {
        alerts++;
      }
    }
  }

  private static void clear(KeyValueStore<String, String> store) {
    List<String> keys = new ArrayList<>();
    try (var iterator = store.all()) {
      iterator.forEachRemaining(entry -> keys.add(entry.key));
    }
    keys.forEach(store::delete);
  }
}
