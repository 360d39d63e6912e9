package io.semblance.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.semblance.event.InvalidEventException;
import io.semblance.vector.IndexRow;
import io.semblance.vector.IndexSnapshot;
import io.semblance.vector.VectorIndex;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.processor.internals.RecordBatchingStateRestoreCallback;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.Query;
import org.apache.kafka.streams.query.QueryConfig;
import org.apache.kafka.streams.query.QueryResult;
import org.jspecify.annotations.Nullable;

/**
 * One partition's shard of the index, as a Kafka Streams store whose log is the topic of the
 * embeddings.
 *
 * <p>The store owns its offset (KIP-1035): a snapshot holds the rows and the offset of the last
 * record that they contain, so that after a crash only what came later is read again. Reading a
 * record twice changes nothing, so a snapshot may be taken at any time, and may even hold records
 * of a transaction that is aborted later: they are processed again.
 *
 * <p>Written by one thread at a time: the stream thread of its task, or the thread that restores
 * it. Queries come from any thread.
 */
public final class VectorIndexStore implements StateStore {
  private static final Logger LOG = System.getLogger(VectorIndexStore.class.getName());
  private static final String SNAPSHOT = "index.snapshot";
  private static final String OFFSET = "offset";
  private static final String TOPIC = "topic";
  private static final String MODEL_ID = "model.id";
  private static final String MODEL_FINGERPRINT = "model.fingerprint";
  private static final long NO_OFFSET = -1;

  /** A snapshot may take at most this share of the time: 1 / 20. */
  private static final int SNAPSHOT_PAUSE_FACTOR = 20;

  private final String name;
  private final String topic;
  private final EmbeddingRows rows;
  private final StoreOptions options;

  private Path directory = Path.of("");
  private int partition;
  private @Nullable VectorIndex index;
  private volatile boolean open;
  private volatile long offset = NO_OFFSET;
  private long snapshotOffset = NO_OFFSET;
  private long nextSnapshotNanos;
  private long foreignRecords;

  VectorIndexStore(String name, String topic, EmbeddingRows rows, StoreOptions options) {
    this.name = name;
    this.topic = topic;
    this.rows = rows;
    this.options = options;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    partition = context.taskId().partition();
    directory = context.stateDir().toPath().resolve(name);
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot create %s: give the service a writable semblance.state-directory"
              .formatted(directory),
          e);
    }
    readSnapshotHead();
    open = true;
    context.register(root, (RecordBatchingStateRestoreCallback) this::restore);
  }

  /** Returns the shard's index, which this store owns. */
  public synchronized VectorIndex index() {
    if (!open) {
      throw new InvalidStateStoreException("the store %s is closed".formatted(name));
    }
    if (index == null) {
      index = load();
    }
    return index;
  }

  /** Puts a row that the record at {@code position} brought. Stream thread only. */
  public void put(IndexRow row, RecordMetadata position) {
    index().put(row);
    advance(position.offset());
  }

  /** Deletes a row, as the record at {@code position} demands. Stream thread only. */
  public void delete(String imageId, RecordMetadata position) {
    index().delete(imageId);
    advance(position.offset());
  }

  private void restore(Collection<ConsumerRecord<byte[], byte[]>> records) {
    for (ConsumerRecord<byte[], byte[]> record : records) {
      if (record.value() == null) {
        index().delete(new String(record.key(), UTF_8));
      } else {
        try {
          index().put(rows.row(record));
        } catch (InvalidEventException | SerializationException | IllegalArgumentException e) {
          refuse(record, e);
        }
      }
      advance(record.offset());
    }
  }

  /**
   * When it was first processed this record went to the dead letters; it is no part of the index.
   */
  private void refuse(ConsumerRecord<byte[], byte[]> record, RuntimeException cause) {
    foreignRecords++;
    if (foreignRecords == 1) {
      LOG.log(
          Level.ERROR,
          "{0}-{1} holds embeddings that this index refuses, the first at offset {2}: {3}",
          record.topic(),
          record.partition(),
          record.offset(),
          cause.getMessage());
    }
  }

  private void advance(long applied) {
    if (applied > offset) {
      offset = applied;
    }
    if (System.nanoTime() - nextSnapshotNanos >= 0) {
      snapshot();
    }
  }

  @Override
  public void commit(Map<TopicPartition, Long> changelogOffsets) {
    if (changelogOffsets.isEmpty()) {
      forgetEverything();
    } else if (System.nanoTime() - nextSnapshotNanos >= 0) {
      snapshot();
    }
  }

  @Override
  public @Nullable Long committedOffset(TopicPartition changelog) {
    return snapshotOffset == NO_OFFSET ? null : snapshotOffset;
  }

  @Override
  public synchronized void close() {
    if (!open) {
      return;
    }
    if (index != null) {
      snapshot();
      index.close();
      index = null;
    }
    open = false;
  }

  @Override
  public boolean persistent() {
    return true;
  }

  @Override
  @SuppressWarnings("deprecation") // Kafka means to make it the only way
  public boolean managesOffsets() {
    return true;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public Position getPosition() {
    long applied = offset;
    return applied == NO_OFFSET
        ? Position.emptyPosition()
        : Position.emptyPosition().withComponent(topic, partition, applied);
  }

  /** Answers {@link SimilarityQuery}, {@link RowQuery} and {@link StatisticsQuery}. */
  @Override
  @SuppressWarnings("unchecked")
  public <R> QueryResult<R> query(Query<R> query, PositionBound bound, QueryConfig configuration) {
    Position position = getPosition();
    if (!isWithin(bound, position)) {
      return QueryResult.notUpToBound(position, bound, partition);
    }
    QueryResult<?> result =
        switch (query) {
          case SimilarityQuery similarity ->
              QueryResult.forResult(index().search(similarity.requests()));
          case RowQuery row -> QueryResult.forResult((Optional<?>) index().get(row.imageId()));
          case StatisticsQuery statistics -> QueryResult.forResult(index().statistics());
          default -> QueryResult.forUnknownQueryType(query, this);
        };
    result.setPosition(position);
    return (QueryResult<R>) result;
  }

  private boolean isWithin(PositionBound bound, Position position) {
    for (String boundTopic : bound.position().getTopics()) {
      @Nullable Long demanded = bound.position().getPartitionPositions(boundTopic).get(partition);
      if (demanded == null) {
        continue;
      }
      @Nullable Long reached = position.getPartitionPositions(boundTopic).get(partition);
      if (reached == null || reached < demanded) {
        return false;
      }
    }
    return true;
  }

  private Path snapshotFile() {
    return directory.resolve(SNAPSHOT);
  }

  /** Reads no rows: a store is opened twice at start, and the first time nobody looks at them. */
  private void readSnapshotHead() {
    offset = NO_OFFSET;
    snapshotOffset = NO_OFFSET;
    nextSnapshotNanos = System.nanoTime() + options.snapshotInterval().toNanos();
    Path file = snapshotFile();
    if (!Files.exists(file)) {
      return;
    }
    try {
      Map<String, String> properties = IndexSnapshot.verify(file).properties();
      requireOwnModel(properties);
      if (topic.equals(properties.get(TOPIC))) {
        snapshotOffset = Long.parseLong(properties.getOrDefault(OFFSET, "" + NO_OFFSET));
        offset = snapshotOffset;
        return;
      }
      LOG.log(Level.WARNING, "{0} belongs to another topic; the shard is rebuilt", file);
    } catch (IndexSnapshot.UnreadableException e) {
      LOG.log(Level.WARNING, "{0}; the shard is rebuilt from {1}", e.getMessage(), topic);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the snapshot " + file, e);
    }
    deleteSnapshot();
  }

  private void requireOwnModel(Map<String, String> properties) {
    String fingerprint = properties.getOrDefault(MODEL_FINGERPRINT, "");
    if (!fingerprint.equals(rows.modelFingerprint())) {
      throw new ForeignSnapshotException(
          "the index in %s holds vectors of model %s (fingerprint %s), but the configured model is %s"
                  .formatted(directory, properties.get(MODEL_ID), fingerprint, rows.modelId())
              + " (fingerprint %s). Configure the former model again,"
                  .formatted(rows.modelFingerprint())
              + " or start with another semblance.state-directory and other topics");
    }
  }

  private VectorIndex load() {
    VectorIndex loaded = new VectorIndex(options.index());
    if (snapshotOffset != NO_OFFSET) {
      try {
        IndexSnapshot.load(snapshotFile(), loaded);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot load the snapshot " + snapshotFile(), e);
      }
    }
    return loaded;
  }

  /** Keeps the earlier snapshot if the disk refuses: more is then read again after a crash. */
  private void snapshot() {
    if (offset == snapshotOffset || index == null) {
      nextSnapshotNanos = System.nanoTime() + options.snapshotInterval().toNanos();
      return;
    }
    long started = System.nanoTime();
    try {
      IndexSnapshot.write(
          snapshotFile(),
          index,
          Map.of(
              OFFSET, Long.toString(offset),
              TOPIC, topic,
              MODEL_ID, rows.modelId(),
              MODEL_FINGERPRINT, rows.modelFingerprint()));
      snapshotOffset = offset;
    } catch (IOException e) {
      LOG.log(
          Level.ERROR,
          "Cannot write a snapshot of the index to {0}: {1}. Nothing is lost, but a restart reads"
              + " more of {2} again: free space on that disk",
          directory,
          e.getMessage(),
          topic);
    }
    long took = System.nanoTime() - started;
    Duration pause = options.snapshotInterval();
    nextSnapshotNanos = System.nanoTime() + Math.max(pause.toNanos(), SNAPSHOT_PAUSE_FACTOR * took);
  }

  private synchronized void forgetEverything() {
    deleteSnapshot();
    if (index != null) {
      index.close();
      index = null;
    }
    offset = NO_OFFSET;
    snapshotOffset = NO_OFFSET;
  }

  private void deleteSnapshot() {
    try {
      Files.deleteIfExists(snapshotFile());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + snapshotFile(), e);
    }
  }
}
