package io.semblance.cli.bench;

import io.semblance.cli.demo.Edit;
import io.semblance.embedding.ImageEmbedding;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.embedding.model.EmbeddingModels;
import io.semblance.embedding.model.InferenceDevice;
import io.semblance.embedding.model.ModelOptions;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageLimits;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * Writes the vectors of photographs and of edited copies of them to a file. Copy 0 is the
 * photograph; every other one is a crop at a random place with one of the demo's edits. The file's
 * order is by waves: of each photograph the first few copies, then of each the next few; so that
 * the beginning of the file is a fair sample, and a photograph is decoded once in each wave.
 */
final class EmbeddedCopies implements AutoCloseable {
  static final int COPIES_MAX = 10_000;

  private static final int COPIES_PER_WAVE = Edit.values().length;
  private static final int BATCH_SIZE_MAX = 8;
  private static final int PENDING_MAX = 64;
  private static final int COPIES_PER_REPORT = 2_000;
  private static final double CROP_MIN = 0.85;
  private static final int SIDE_MIN = 64;

  private final FileChannel out;
  private final LocalPipeline pipeline;
  private final Consumer<String> progress;
  private final ByteBuffer bytes;
  private final ArrayDeque<CompletableFuture<ImageEmbedding>> pending = new ArrayDeque<>();
  private final long total;
  private final long started = System.nanoTime();
  private final long atStart;
  private long written;

  private EmbeddedCopies(
      FileChannel out, LocalPipeline pipeline, int dimension, long total, Consumer<String> progress)
      throws IOException {
    this.out = out;
    this.pipeline = pipeline;
    this.progress = progress;
    this.total = total;
    bytes = ByteBuffer.allocate(dimension * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    atStart = out.size() / bytes.capacity();
    if (atStart > total) {
      throw new IllegalArgumentException(
          "the file has %d vectors already, more than the %d wanted".formatted(atStart, total));
    }
    written = atStart;
    out.position(written * bytes.capacity());
  }

  /**
   * Writes the vectors that {@code file} does not have yet; those that it has must come from the
   * same photographs, number of copies and seed.
   */
  static void write(
      Path home, List<Path> folders, int copies, long seed, Path file, Consumer<String> progress)
      throws Exception {
    List<Path> photographs = new ArrayList<>();
    for (Path folder : folders) {
      photographs.addAll(Photographs.files(folder));
    }
    if (photographs.isEmpty()) {
      throw new IllegalArgumentException("there are no JPEGs in %s".formatted(folders));
    }
    long total = (long) photographs.size() * copies;
    try (EmbeddingModel model =
            EmbeddingModels.load(
                new ModelOptions(
                    LocalPipeline.modelDirectory(home),
                    Optional.empty(),
                    new InferenceDevice.Auto(),
                    0));
        LocalPipeline pipeline =
            new LocalPipeline(model, new ImageDecoder(ImageLimits.DEFAULT, true), BATCH_SIZE_MAX);
        FileChannel out =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        EmbeddedCopies writer =
            new EmbeddedCopies(out, pipeline, model.description().dimension(), total, progress)) {
      progress.accept(
          "%d photographs × %d copies = %d vectors of dimension %d, %d of them already there"
              .formatted(
                  photographs.size(),
                  copies,
                  total,
                  model.description().dimension(),
                  writer.written));
      writer.writeAll(photographs, copies, seed);
    }
  }

  private void writeAll(List<Path> photographs, int copies, long seed)
      throws IOException, InterruptedException, ExecutionException {
    long number = 0;
    for (int first = 0; first < copies; first += COPIES_PER_WAVE) {
      int end = Math.min(copies, first + COPIES_PER_WAVE);
      for (Path photograph : photographs) {
        @Nullable BufferedImage picture = null;
        for (int copy = first; copy < end; copy++, number++) {
          if (number < atStart) {
            continue;
          }
          if (picture == null) {
            picture = picture(photograph);
          }
          submit(
              copy == 0
                  ? Files.readAllBytes(photograph)
                  : copy(
                      picture,
                      copy,
                      new SplittableRandom(
                          SyntheticVectors.mix(SyntheticVectors.mix(seed) + number))));
        }
      }
    }
    while (!pending.isEmpty()) {
      writeNext();
    }
  }

  /** Returns a crop of the picture, edited, as JPEG. */
  private static byte[] copy(BufferedImage picture, int copy, SplittableRandom random) {
    int width = side(picture.getWidth(), random);
    int height = side(picture.getHeight(), random);
    int left = random.nextInt(picture.getWidth() - width + 1);
    int top = random.nextInt(picture.getHeight() - height + 1);
    BufferedImage crop = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = crop.createGraphics();
    graphics.drawImage(picture, -left, -top, null);
    graphics.dispose();
    return Edit.values()[copy % COPIES_PER_WAVE].apply(crop);
  }

  private static int side(int side, SplittableRandom random) {
    return Math.max(Math.min(side, SIDE_MIN), (int) (side * random.nextDouble(CROP_MIN, 1)));
  }

  private static BufferedImage picture(Path photograph) throws IOException {
    BufferedImage picture = ImageIO.read(photograph.toFile());
    if (picture == null) {
      throw new IllegalArgumentException("%s is no picture".formatted(photograph));
    }
    return picture;
  }

  private void submit(byte[] image) throws IOException, InterruptedException, ExecutionException {
    pending.add(pipeline.submit(image));
    if (pending.size() >= PENDING_MAX) {
      writeNext();
    }
  }

  /** Writes the oldest result, so that the file's order is that of the images. */
  private void writeNext() throws IOException, InterruptedException, ExecutionException {
    bytes.clear();
    for (float component : pending.remove().get().vector()) {
      bytes.putFloat(component);
    }
    bytes.flip();
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
    written++;
    if (written % COPIES_PER_REPORT == 0 || written == total) {
      double millis = (System.nanoTime() - started) / 1e6 / (written - atStart);
      progress.accept(
          "%d of %d vectors, %.1f ms each, %s left"
              .formatted(
                  written,
                  total,
                  millis,
                  Duration.ofSeconds((long) ((total - written) * millis / 1_000))));
    }
  }

  @Override
  public void close() throws IOException {
    // A vector torn by a failure.
    out.truncate(written * bytes.capacity());
  }
}
