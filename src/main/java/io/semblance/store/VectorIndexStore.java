package io.semblance.store;

import io.semblance.vector.DamagedRowException;
import io.semblance.vector.IndexClosedException;
import io.semblance.vector.IndexDirectory;
import io.semblance.vector.IndexRow;
import io.semblance.vector.SearchRequest;
import io.semblance.vector.SearchResult;
import io.semblance.vector.SnapshotException;
import io.semblance.vector.VectorIndex;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.errors.TaskCorruptedException;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.internals.RecordBatchingStateRestoreCallback;
import org.apache.kafka.streams.query.FailureReason;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.Query;
import org.apache.kafka.streams.query.QueryConfig;
import org.apache.kafka.streams.query.QueryResult;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shard of the index as a Kafka Streams store, added with {@code
 * Topology.addReadOnlyStateStore}: the topic that feeds it is its log.
 *
 * <p>The store owns its offsets (KIP-1035). They lie in its snapshot, with the rows, so that both
 * are always of the same moment; what came later is read from the topic again. Snapshots follow
 * {@link IndexStoreOptions} and are written at close.
 *
 * <p><b>Threads.</b> The task's thread puts and deletes; any thread may query. The snapshot is read
 * on first use or by {@link #load()}, since Streams opens and closes every store once before tasks
 * are assigned.
 */
public final class VectorIndexStore implements StateStore {
  /**
   * By which the names of these stores begin, and so those of their directories. A sub-topology has
   * one.
   */
  public static final String NAME_PREFIX = "vector-index";

  private static final Logger LOG = LoggerFactory.getLogger(VectorIndexStore.class);

  private final String name;
  private final IndexStoreOptions options;
  private final EmbeddingRowDecoder decoder;
  private final ForeignWarnings foreignWarnings;
  private final Object loading = new Object();

  private volatile @Nullable TaskId task;
  private volatile @Nullable SnapshotKeeper snapshots;
  private volatile AppliedOffsets offsets = new AppliedOffsets();
  private volatile @Nullable VectorIndex index;
  private volatile boolean open;
  private volatile boolean loadFailed;

  /** Whether the index was found damaged and its directory discarded; the task's thread only. */
  private boolean damageFound;

  private final AtomicLong rejectedRecords = new AtomicLong();
  private final AtomicLong repeatedRecords = new AtomicLong();

  /**
   * @param foreignWarnings shared by all shards of the index
   */
  VectorIndexStore(
      String name,
      IndexStoreOptions options,
      EmbeddingRowDecoder decoder,
      ForeignWarnings foreignWarnings) {
    this.name = name;
    this.options = options;
    this.decoder = decoder;
    this.foreignWarnings = foreignWarnings;
  }

  @Override
  public String name() {
    return name;
  }

  /**
   * Looks at the snapshot, without keeping its rows. One that is torn, foreign or too old is
   * deleted with a warning, and the store is rebuilt from its topic.
   *
   * <p>Other indexes beside it are deleted: they were left when sub-topologies, whose numbers name
   * the directories of tasks, were numbered anew, and images deleted since are still in them.
   *
   * @throws IndexMismatchException if the snapshot is of another model or dimension
   */
  @Override
  public void init(StateStoreContext context, StateStore root) {
    Path directory = context.stateDir().toPath().resolve(name);
    SnapshotKeeper keeper = new SnapshotKeeper(shard(context.taskId()), directory, options);
    Optional<SnapshotKeeper.Found> found;
    try {
      found = keeper.find();
    } catch (IOException e) {
      throw new ProcessorStateException(
          shard(context.taskId()) + " cannot read its snapshot in " + directory, e);
    }
    deleteOthersBeside(directory);
    task = context.taskId();
    snapshots = keeper;
    offsets = found.map(SnapshotKeeper.Found::offsets).orElseGet(AppliedOffsets::new);
    synchronized (loading) {
      index = null;
      loadFailed = false;
    }
    damageFound = false;
    open = true;
    context.register(root, (RecordBatchingStateRestoreCallback) this::restore, () -> {});
  }

  private static void deleteOthersBeside(Path directory) {
    Path parent = Objects.requireNonNull(directory.getParent());
    if (!Files.isDirectory(parent)) {
      return;
    }
    try (DirectoryStream<Path> others = Files.newDirectoryStream(parent, NAME_PREFIX + "*")) {
      for (Path other : others) {
        if (!other.equals(directory) && Files.isDirectory(other)) {
          LOG.info("{} is the index of a model that has its index elsewhere now: deleted", other);
          IndexDirectory.discard(other);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new ProcessorStateException("cannot delete former indexes in " + parent, e);
    }
  }

  /** Returns which shard of which store a task's is, for people. */
  private String shard(TaskId id) {
    return "shard %d of store %s".formatted(id.partition(), name);
  }

  /**
   * Reads the snapshot if that is still to be done; a processor calls it from its {@code init}, so
   * that the first record or query need not wait. A snapshot that proves damaged is left to {@link
   * #maintain()}: an exception while a task is initialised would end its thread, and the other
   * tasks of that thread would lose their state.
   */
  public void load() {
    ForeignRecords foreign = offsets.foreign();
    foreign
        .model()
        .ifPresent(model ->
            LOG.warn(
                "{} has met {} embeddings of other models in its topic, the last of {}: their images"
                    + " are not searched unless they have been uploaded again since",
                shard(taskId()),
                foreign.count(),
                model));
    try {
      loaded();
    } catch (TaskCorruptedException e) {
      LOG.debug("{} cannot be loaded", shard(taskId()), e);
    }
  }

  /** Returns the index to the task, unless it must be built again. */
  private VectorIndex index() {
    VectorIndex loaded = loaded();
    loaded.damage().ifPresent(this::rebuild);
    return loaded;
  }

  /** Returns the index to whoever must not make the task corrupted: queries and restores. */
  private VectorIndex loaded() {
    VectorIndex loaded = index;
    return loaded != null ? loaded : loadOnce();
  }

  /** Runs what reads vectors, for the task. */
  private <T> T reading(Function<VectorIndex, T> read) {
    try {
      return read.apply(index());
    } catch (DamagedRowException e) {
      throw rebuild(e);
    }
  }

  /** Deletes the damaged snapshot, once, and has Streams rebuild the store from its topic. */
  private TaskCorruptedException rebuild(DamagedRowException damage) {
    if (!damageFound) {
      damageFound = true;
      keeper().discard(String.valueOf(damage.getMessage()));
    }
    throw new TaskCorruptedException(Set.of(taskId()));
  }

  private VectorIndex loadOnce() {
    synchronized (loading) {
      VectorIndex loaded = index;
      if (loaded != null) {
        return loaded;
      }
      if (!open) {
        throw new IllegalStateException("store " + name + " is not open");
      }
      if (loadFailed) {
        throw new TaskCorruptedException(Set.of(taskId()));
      }
      VectorIndex fresh = read();
      if (options.preloadVectors()) {
        fresh.preloadVectors();
      }
      index = fresh;
      return fresh;
    }
  }

  private VectorIndex read() {
    try {
      return keeper().load();
    } catch (SnapshotException e) {
      loadFailed = true;
      keeper().discard(String.valueOf(e.getMessage()));
      throw new TaskCorruptedException(Set.of(taskId()));
    } catch (IOException e) {
      throw new ProcessorStateException(shard(taskId()) + " cannot read its snapshot", e);
    }
  }

  private TaskId taskId() {
    TaskId id = task;
    if (id == null) {
      throw new IllegalStateException("store " + name + " was never initialised");
    }
    return id;
  }

  private SnapshotKeeper keeper() {
    SnapshotKeeper keeper = snapshots;
    if (keeper == null) {
      throw new IllegalStateException("store " + name + " was never initialised");
    }
    return keeper;
  }

  /**
   * Puts the row that the record at the given place holds. A record at or before an offset already
   * applied (it comes again after a crash) changes nothing, so that the index never goes back.
   *
   * @return the index's sequence number after the put
   * @throws IllegalArgumentException if the row is not fit for the index, see {@link
   *     VectorIndex#put}; the caller then decides whether to {@link #skip} the record
   */
  public long put(IndexRow row, String topic, int partition, long offset) {
    return put(index(), row, new TopicPartition(topic, partition), offset);
  }

  private long put(VectorIndex target, IndexRow row, TopicPartition source, long offset) {
    if (isRepeated(source, offset)) {
      return target.sequence();
    }
    long sequence = target.put(row);
    applied(target, source, offset);
    return sequence;
  }

  /**
   * Deletes the row that the tombstone at the given place names; repeated records as in {@link
   * #put}.
   *
   * @return whether there was such a row
   */
  public boolean delete(String id, String topic, int partition, long offset) {
    return delete(index(), id, new TopicPartition(topic, partition), offset);
  }

  private boolean delete(VectorIndex target, String id, TopicPartition source, long offset) {
    if (isRepeated(source, offset)) {
      return false;
    }
    boolean deleted = target.delete(id);
    applied(target, source, offset);
    return deleted;
  }

  /** Notes that the record at the given place is dealt with though it changes nothing. */
  public void skip(String topic, int partition, long offset) {
    skip(index(), new TopicPartition(topic, partition), offset);
  }

  /**
   * Notes that the record at the given place is an embedding of another model, as {@link #skip}
   * does, and counts it.
   *
   * @param model the model, for people
   */
  public void passOver(String model, String topic, int partition, long offset) {
    passOver(index(), model, new TopicPartition(topic, partition), offset);
  }

  private void passOver(VectorIndex target, String model, TopicPartition source, long offset) {
    if (!isRepeated(source, offset)) {
      offsets.passOver(model);
      foreignWarnings.passedOver(source.topic(), model, options.model());
      applied(target, source, offset);
    }
  }

  private void skip(VectorIndex target, TopicPartition source, long offset) {
    if (!isRepeated(source, offset)) {
      applied(target, source, offset);
    }
  }

  private boolean isRepeated(TopicPartition source, long offset) {
    if (offsets.covers(source, offset)) {
      repeatedRecords.incrementAndGet();
      return true;
    }
    return false;
  }

  private void applied(VectorIndex target, TopicPartition source, long offset) {
    offsets.advance(source, offset);
    keeper().writeIfDue(target, offsets);
  }

  /**
   * Starts a snapshot if one is due, or notes that the present one is up to date. A processor calls
   * it from time to time, since Kafka Streams commits nothing while no record comes.
   *
   * @throws TaskCorruptedException if the index proved damaged, like the other methods for the task
   */
  public void maintain() {
    if (index != null || loadFailed) {
      keeper().writeIfDue(index(), offsets);
    }
  }

  private void restore(Collection<ConsumerRecord<byte[], byte[]>> records) {
    for (ConsumerRecord<byte[], byte[]> record : records) {
      try {
        restore(record);
      } catch (IllegalArgumentException e) {
        reject(record, String.valueOf(e.getMessage()));
      } catch (Error e) {
        // It would end the thread that restores without a word, and its shards never answered.
        throw new ProcessorStateException(shard(taskId()) + " cannot restore its index: " + e, e);
      }
    }
  }

  private void restore(ConsumerRecord<byte[], byte[]> record) {
    // Not by index(): Streams takes an exception here as fatal, and the task will hear of it soon.
    VectorIndex target = loaded();
    TopicPartition source = new TopicPartition(record.topic(), record.partition());
    switch (decoder.decode(record)) {
      case EmbeddingRowDecoder.Decoded.Row(IndexRow row) ->
          put(target, row, source, record.offset());
      case EmbeddingRowDecoder.Decoded.Deletion(String id) ->
          delete(target, id, source, record.offset());
      case EmbeddingRowDecoder.Decoded.Foreign(String model) ->
          passOver(target, model, source, record.offset());
      case EmbeddingRowDecoder.Decoded.Rejected(String reason) -> reject(record, reason);
    }
  }

  private void reject(ConsumerRecord<byte[], byte[]> record, String reason) {
    rejectedRecords.incrementAndGet();
    LOG.warn(
        "{} passes over the record at {}-{}@{}: {}",
        shard(taskId()),
        record.topic(),
        record.partition(),
        record.offset(),
        reason);
    skip(loaded(), new TopicPartition(record.topic(), record.partition()), record.offset());
  }

  /** Returns the row of an id; see {@link VectorIndex#get}. */
  public Optional<IndexRow> get(String id) {
    return reading(index -> index.get(id));
  }

  /** Returns whether a row is still the one put as {@code sequence}. */
  public boolean isCurrent(String id, long sequence) {
    return index().isCurrent(id, sequence);
  }

  /** Returns the sequence number of the index's last change. */
  public long sequence() {
    return index().sequence();
  }

  /** Searches this shard; see {@link VectorIndex#search(List)}. */
  public List<SearchResult> search(List<SearchRequest> requests) {
    return reading(index -> index.search(requests));
  }

  /** Returns the counts of the index and its snapshots; reads the snapshot if it must. */
  public StoreStatistics statistics() {
    VectorIndex current = loaded();
    SnapshotKeeper.Outcome outcome = keeper().outcome();
    return new StoreStatistics(
        current.statistics(),
        keeper().changesSince(current.sequence()),
        outcome.written(),
        outcome.lastWritten(),
        outcome.bytes(),
        outcome.millis(),
        outcome.failures(),
        outcome.lastFailure(),
        offsets.foreign(),
        rejectedRecords.get(),
        repeatedRecords.get());
  }

  /**
   * Called by Streams. Empty offsets, or a null one, mean that the state is not to be trusted: the
   * snapshot and all rows go. Otherwise a snapshot is started if one is due.
   */
  @Override
  public void commit(Map<TopicPartition, Long> changelogOffsets) {
    if (changelogOffsets.isEmpty()
        || changelogOffsets.values().stream().anyMatch(Objects::isNull)) {
      forget();
      return;
    }
    changelogOffsets.forEach((partition, offset) -> {
      // Negative means that Streams knows of none yet.
      if (offset >= 0) {
        offsets.advance(partition, offset);
      }
    });
    VectorIndex current = index;
    if (current != null && current.damage().isEmpty()) {
      keeper().writeIfDue(current, offsets);
    }
  }

  private void forget() {
    keeper().awaitWriter();
    offsets = new AppliedOffsets();
    synchronized (loading) {
      VectorIndex old = index;
      index = null;
      loadFailed = false;
      if (old != null) {
        old.close();
      }
      keeper().discard("Kafka Streams found the task's state corrupted");
    }
    damageFound = false;
  }

  /** Returns the offset up to which the snapshot on disk holds the topic, null without snapshot. */
  @Override
  public @Nullable Long committedOffset(TopicPartition partition) {
    return keeper().durableOffset(partition);
  }

  /** Writes what the snapshot lacks, waits for running searches and releases the memory. */
  @Override
  public void close() {
    if (!open) {
      return;
    }
    open = false;
    synchronized (loading) {
      VectorIndex current = index;
      if (current != null) {
        if (current.damage().isEmpty()) {
          keeper().writeNow(current, offsets);
        }
        keeper().awaitWriter();
        current.close();
      }
    }
  }

  @Override
  public boolean persistent() {
    return true;
  }

  @Override
  @SuppressWarnings("deprecation") // deprecated in favour of true for every store
  public boolean managesOffsets() {
    return true;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public Position getPosition() {
    return offsets.position();
  }

  /**
   * Answers {@link SimilarityQuery}, {@link RowQuery} and {@link StatisticsQuery} on the caller's
   * thread. A closed store answers {@link FailureReason#NOT_PRESENT}: ask again, perhaps elsewhere.
   */
  @Override
  public <R> QueryResult<R> query(Query<R> query, PositionBound bound, QueryConfig config) {
    long started = System.nanoTime();
    // Taken first: what the query then sees is at least as new.
    Position position = offsets.position();
    QueryResult<R> result =
        AppliedOffsets.isUpTo(bound, position, taskId().partition())
            ? answer(query)
            : QueryResult.notUpToBound(position, bound, taskId().partition());
    if (config.isCollectExecutionInfo()) {
      result.addExecutionInfo(
          "Handled in " + getClass() + " in " + (System.nanoTime() - started) + "ns");
    }
    result.setPosition(position);
    return result;
  }

  /** Returns the index to a query, which fails if the index would not answer exactly. */
  private VectorIndex queried() {
    VectorIndex loaded = loaded();
    loaded
        .damage()
        .ifPresent(damage -> {
          throw damage;
        });
    return loaded;
  }

  @SuppressWarnings("unchecked")
  private <R> QueryResult<R> answer(Query<R> query) {
    try {
      return switch (query) {
        case SimilarityQuery similarity ->
            (QueryResult<R>) QueryResult.forResult(queried().search(similarity.requests()));
        case RowQuery row -> (QueryResult<R>) QueryResult.forResult(queried().get(row.id()));
        case StatisticsQuery _ -> (QueryResult<R>) QueryResult.forResult(statistics());
        default -> QueryResult.forUnknownQueryType(query, this);
      };
    } catch (IndexClosedException e) {
      return QueryResult.forFailure(FailureReason.NOT_PRESENT, shard(taskId()) + " is closed");
    } catch (DamagedRowException e) {
      return QueryResult.forFailure(
          FailureReason.STORE_EXCEPTION,
          "%s is rebuilt from its topic, by itself: %s".formatted(shard(taskId()), e.getMessage()));
    } catch (RuntimeException e) {
      return QueryResult.forFailure(
          open ? FailureReason.STORE_EXCEPTION : FailureReason.NOT_PRESENT,
          shard(taskId()) + ": " + e.getMessage());
    }
  }
}
