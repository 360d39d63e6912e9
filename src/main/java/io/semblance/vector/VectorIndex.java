package io.semblance.vector;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A flat index: exact search by inner product over every row.
 *
 * <p>One thread writes ({@link #put}, {@link #delete}, {@link #forEachRow}); any number search at
 * the same time, without locks. A search sees every row put before it began and no row deleted
 * before it began. Replacing a row is a put into another slot, then the old row's death: a search
 * may see either, never a mixture. Scores are {@link InnerProduct canonical}: the same bits on
 * every machine.
 */
public final class VectorIndex implements AutoCloseable {
  /** Largest {@link IndexRow#payload()}, in bytes. */
  public static final int PAYLOAD_BYTES_MAX = 16 * 1024;

  /** Largest {@link SearchRequest#limit()}. */
  public static final int LIMIT_MAX = 10_000;

  private final IndexOptions options;
  private final int paddedDimension;
  private final InnerProduct innerProduct;
  private final ReaderEpochs epochs = new ReaderEpochs();
  private final Map<String, Long> slots = new ConcurrentHashMap<>();
  private final Map<String, Integer> tenants = new ConcurrentHashMap<>();
  private final Map<String, Integer> categories = new ConcurrentHashMap<>();
  private final Deque<FreedSlot> freed = new ArrayDeque<>();
  private volatile Segment[] segments = {};
  private volatile long sequence;
  private long slotsUsed;

  private record FreedSlot(long slot, long epoch) {}

  /** Creates an empty index whose kernel is this process's. */
  public VectorIndex(IndexOptions options) {
    this(options, InnerProducts.chosen());
  }

  VectorIndex(IndexOptions options, InnerProduct innerProduct) {
    this.options = options;
    this.innerProduct = innerProduct;
    paddedDimension = InnerProduct.padded(options.dimension());
  }

  /** Returns the components of every vector. */
  public int dimension() {
    return options.dimension();
  }

  /** Returns the sequence number of the row put last; 0 before the first. */
  public long sequence() {
    return sequence;
  }

  /**
   * Writer: puts a row, replacing the one of its id.
   *
   * @return the row's sequence number, greater than every earlier one
   * @throws IllegalArgumentException if the vector is of another dimension or not finite, the id is
   *     blank or the payload too large
   */
  public long put(IndexRow row) {
    validate(row.vector());
    if (row.id().isBlank()) {
      throw new IllegalArgumentException("a row needs an id");
    }
    if (row.payload().length > PAYLOAD_BYTES_MAX) {
      throw new IllegalArgumentException(
          "the payload of %s has %d bytes: at most %d"
              .formatted(row.id(), row.payload().length, PAYLOAD_BYTES_MAX));
    }
    long slot = freeSlot();
    long next = sequence + 1;
    segment(slot)
        .fill(
            inSegment(slot),
            row,
            code(tenants, row.tenant()),
            code(categories, row.category()),
            next);
    @Nullable Long replaced = slots.put(row.id(), slot);
    sequence = next;
    if (replaced != null) {
      kill(replaced);
    }
    return next;
  }

  /**
   * Writer: deletes a row. No search that begins afterwards returns it.
   *
   * @return whether there was one
   */
  public boolean delete(String id) {
    @Nullable Long slot = slots.remove(id);
    if (slot == null) {
      return false;
    }
    kill(slot);
    return true;
  }

  /** Returns a copy of the row of {@code id}. Any thread. */
  public Optional<IndexRow> get(String id) {
    int reader = epochs.enter();
    try {
      @Nullable Long slot = slots.get(id);
      return slot == null ? Optional.empty() : Optional.of(row(segment(slot), inSegment(slot)));
    } finally {
      epochs.exit(reader);
    }
  }

  /** Returns whether the row of {@code id} is still the one put with {@code rowSequence}. */
  public boolean isCurrent(String id, long rowSequence) {
    int reader = epochs.enter();
    try {
      @Nullable Long slot = slots.get(id);
      return slot != null && segment(slot).sequence(inSegment(slot)) == rowSequence;
    } finally {
      epochs.exit(reader);
    }
  }

  /** Searches for one request. Any thread. See {@link #search(List)}. */
  public SearchResult search(SearchRequest request) {
    return search(List.of(request)).getFirst();
  }

  /**
   * Answers all {@code requests} in one pass over the rows, in their order. Any thread.
   *
   * @throws IllegalArgumentException if a vector is of another dimension or not finite, or a limit
   *     out of range
   */
  public List<SearchResult> search(List<SearchRequest> requests) {
    requests.forEach(this::validate);
    List<SearchResult> results = scanAll(requests);
    while (results.stream().anyMatch(VectorIndex::hasTwins)) {
      results = scanAll(requests);
    }
    return results;
  }

  /**
   * While a row is being replaced, old and new are both alive for an instant. A search that met
   * both looks again: one of them may have taken a third row's place.
   */
  private static boolean hasTwins(SearchResult result) {
    Set<String> ids = new HashSet<>();
    return !result.hits().stream().allMatch(hit -> ids.add(hit.id()));
  }

  private List<SearchResult> scanAll(List<SearchRequest> requests) {
    int reader = epochs.enter();
    try {
      long asOf = sequence;
      Scan[] scans = requests.stream().map(Scan::new).toArray(Scan[]::new);
      for (Segment segment : segments) {
        for (int block = 0; block < segment.blocks(); block++) {
          scan(segment, block, scans);
        }
      }
      return Arrays.stream(scans).map(scan -> scan.best.result(asOf)).toList();
    } finally {
      epochs.exit(reader);
    }
  }

  private void scan(Segment segment, int block, Scan[] scans) {
    long live = segment.liveBits(block);
    if (live == 0) {
      return;
    }
    long blockSequence = segment.blockSequence(block);
    for (Scan scan : scans) {
      if (blockSequence > scan.afterSequence) {
        scan.block(segment, block, live);
      }
    }
  }

  /** One request on its way through the rows. */
  private final class Scan {
    private final float[] query;
    private final @Nullable Integer tenant;
    private final Set<Integer> categoryCodes;
    private final boolean anyCategory;
    private final long afterSequence;
    private final TopK best;

    Scan(SearchRequest request) {
      query = Arrays.copyOf(request.vector(), paddedDimension);
      tenant = tenants.get(request.filter().tenant());
      anyCategory = request.filter().categories().isEmpty();
      categoryCodes = new HashSet<>();
      for (String category : request.filter().categories()) {
        @Nullable Integer code = categories.get(category);
        if (code != null) {
          categoryCodes.add(code);
        }
      }
      afterSequence = request.afterSequence();
      best = new TopK(request);
    }

    void block(Segment segment, int block, long live) {
      if (tenant == null) {
        return;
      }
      int wanted = tenant;
      for (long bits = live; bits != 0; bits &= bits - 1) {
        int slot = block * Segment.BLOCK + Long.numberOfTrailingZeros(bits);
        if (segment.tenant(slot) == wanted
            && segment.sequence(slot) > afterSequence
            && segment.isSearchable(slot)
            && (anyCategory || categoryCodes.contains(segment.category(slot)))) {
          float score =
              innerProduct.of(segment.vectors, segment.offset(slot), query, paddedDimension);
          best.offer(segment, slot, score);
        }
      }
    }
  }

  /** Writer: shows every row to {@code consumer}, as a copy. */
  public void forEachRow(Consumer<IndexRow> consumer) {
    for (Segment segment : segments) {
      for (int block = 0; block < segment.blocks(); block++) {
        for (long bits = segment.liveBits(block); bits != 0; bits &= bits - 1) {
          consumer.accept(row(segment, block * Segment.BLOCK + Long.numberOfTrailingZeros(bits)));
        }
      }
    }
  }

  /** Returns what the index holds. Any thread. */
  public IndexStatistics statistics() {
    Segment[] current = segments;
    long rows = slots.size();
    long bytes = 0;
    for (Segment segment : current) {
      bytes += segment.vectors.byteSize();
    }
    return new IndexStatistics(
        rows,
        current.length,
        bytes,
        (long) current.length * options.rowsPerSegment() - rows,
        innerProduct.description());
  }

  /** Writer: lets go of all rows. Searches that are running end as if nothing had happened. */
  @Override
  public void close() {
    segments = new Segment[0];
    slots.clear();
    freed.clear();
    slotsUsed = 0;
  }

  private IndexRow row(Segment segment, int slot) {
    return new IndexRow(
        segment.id(slot),
        segment.vector(slot, options.dimension()),
        name(tenants, segment.tenant(slot)),
        name(categories, segment.category(slot)),
        segment.payload(slot).clone(),
        segment.isSearchable(slot));
  }

  private void kill(long slot) {
    segment(slot).kill(inSegment(slot));
    freed.addLast(new FreedSlot(slot, epochs.free()));
  }

  private long freeSlot() {
    @Nullable FreedSlot oldest = freed.peekFirst();
    if (oldest != null && epochs.isUnread(oldest.epoch())) {
      freed.removeFirst();
      segment(oldest.slot()).clear(inSegment(oldest.slot()));
      return oldest.slot();
    }
    if (slotsUsed == (long) segments.length * options.rowsPerSegment()) {
      List<Segment> grown = new ArrayList<>(Arrays.asList(segments));
      grown.add(new Segment(options.rowsPerSegment(), paddedDimension));
      segments = grown.toArray(Segment[]::new);
    }
    return slotsUsed++;
  }

  private Segment segment(long slot) {
    return segments[(int) (slot / options.rowsPerSegment())];
  }

  private int inSegment(long slot) {
    return (int) (slot % options.rowsPerSegment());
  }

  /** Codes are dense and never reused; there are few tenants and categories. */
  private static int code(Map<String, Integer> codes, String name) {
    @Nullable Integer known = codes.get(name);
    if (known != null) {
      return known;
    }
    int code = codes.size();
    codes.put(name, code);
    return code;
  }

  private static String name(Map<String, Integer> codes, int code) {
    for (Map.Entry<String, Integer> entry : codes.entrySet()) {
      if (entry.getValue() == code) {
        return entry.getKey();
      }
    }
    throw new IllegalStateException("no name for code " + code);
  }

  private void validate(SearchRequest request) {
    validate(request.vector());
    if (request.limit() < 1 || request.limit() > LIMIT_MAX) {
      throw new IllegalArgumentException(
          "a search for %d rows: 1 to %d".formatted(request.limit(), LIMIT_MAX));
    }
    if (Float.isNaN(request.threshold())) {
      throw new IllegalArgumentException("the threshold is not a number");
    }
  }

  private void validate(float[] vector) {
    if (vector.length != options.dimension()) {
      throw new IllegalArgumentException(
          "a vector of dimension %d, but this index has %d: both must come from one model"
              .formatted(vector.length, options.dimension()));
    }
    for (float component : vector) {
      if (!Float.isFinite(component)) {
        throw new IllegalArgumentException(
            "the vector contains %s: every component must be finite".formatted(component));
      }
    }
  }
}
