package io.semblance.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.semblance.image.ImageRejectedException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  private static final Path TORTURE = Path.of("../shared/data/torture");
  private static final long SEED = 3;

  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.DEFAULT, true);

  private static byte[] read(String file) throws IOException {
    assumeTrue(Files.exists(TORTURE), "torture set absent: " + TORTURE);
    return Files.readAllBytes(TORTURE.resolve(file));
  }

  private static ImageRejectedException rejection(ImageDecoder decoder, byte[] bytes) {
    return catchThrowableOfType(ImageRejectedException.class, () -> decoder.decode(bytes));
  }

  @Test
  void shouldNameTheReasonOfEachLimit() throws IOException {
    byte[] jpeg = read("jpeg/progressive.jpg");

    assertThat(rejection(decoder, new byte[0]).reason()).isEqualTo(Reason.EMPTY);
    assertThat(rejection(new ImageDecoder(new ImageLimits(100, 1000, 10), true), jpeg).reason())
        .isEqualTo(Reason.TOO_MANY_BYTES);
    assertThat(rejection(new ImageDecoder(new ImageLimits(1 << 20, 1000, 10), true), jpeg).reason())
        .isEqualTo(Reason.TOO_MANY_PIXELS);
    assertThat(
            rejection(new ImageDecoder(new ImageLimits(1 << 20, 1 << 20, 2), true), jpeg).reason())
        .isEqualTo(Reason.TOO_MANY_SCANS);
    assertThat(rejection(decoder, read("notimage/pdf.jpg")).reason())
        .isEqualTo(Reason.UNSUPPORTED_FORMAT);
    assertThat(rejection(decoder, Arrays.copyOf(jpeg, jpeg.length / 2)).reason())
        .isEqualTo(Reason.CORRUPT);
  }

  @Test
  void shouldNameThePropertyOfEachLimit() throws IOException {
    byte[] jpeg = read("jpeg/progressive.jpg");

    assertThat(rejection(new ImageDecoder(new ImageLimits(100, 1000, 10), true), jpeg))
        .hasMessageContaining("semblance.image.bytes-max");
    assertThat(rejection(new ImageDecoder(new ImageLimits(1 << 20, 1000, 10), true), jpeg))
        .hasMessageContaining("semblance.image.pixels-max");
    assertThat(rejection(new ImageDecoder(new ImageLimits(1 << 20, 1 << 20, 2), true), jpeg))
        .hasMessageContaining("semblance.image.scans-max");
  }

  /** "Byte 26 is needed, but there are only 26" is true where bytes are counted from 0. */
  @Test
  void shouldNeedMoreBytesThanAnImageHasThatEndsEarly() {
    byte[] bmp = new byte[20];

    assertThat(
            catchThrowableOfType(
                ImageRejectedException.class, () -> new ByteReader(bmp).u16BigEndian(19)))
        .hasMessage(
            "The image ends early: it has 20 bytes and needs 21 at least. Upload the whole file.");
  }

  @Test
  void shouldPrintNoBytesOfADamagedChunkAsText() {
    ByteBuffer png = ByteBuffer.allocate(40);
    png.putLong(0x89504E470D0A1A0AL).putInt(1_000).putInt(0x1BF4A8E1);

    assertThat(rejection(decoder, png.array()))
        .hasMessageContaining("chunk 0x1b 0xf4 0xa8 0xe1 goes beyond the end");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldTurnEveryOrientationUpright(int orientation) throws Exception {
    DecodedImage base = decoder.decode(read("base/base_landscape.png"));
    DecodedImage turned = decoder.decode(read("exif/orientation_" + orientation + ".jpg"));

    assertThat(turned.width()).isEqualTo(base.width());
    double difference = 0;
    for (int i = 0; i < base.rgb().length; i++) {
      difference += Math.abs((base.rgb()[i] & 0xFF) - (turned.rgb()[i] & 0xFF));
    }
    assertThat(difference / base.rgb().length).isLessThan(8);
  }

  @Test
  void shouldFlattenTransparentTiffOnWhite() throws Exception {
    for (boolean associated : new boolean[] {false, true}) {
      for (int bytesPerSample : new int[] {1, 2}) {
        int[] expected = {255 - 128 + 100, 255 - 128, 255 - 128 + 50};
        // Colours whose product with the alpha of 128 is 100, 0, 50.
        int[] stored = associated ? new int[] {100, 0, 50} : new int[] {199, 0, 100};
        DecodedImage image = decoder.decode(tiff(stored, 128, associated, bytesPerSample));
        for (int c = 0; c < 3; c++) {
          assertThat((double) (image.rgb()[c] & 0xFF))
              .as("associated %s, %d bytes, channel %d", associated, bytesPerSample, c)
              .isCloseTo(expected[c], within(1.0));
        }
      }
    }
  }

  @Test
  void shouldRefuseTilesOfMorePixelsThanAPictureMayHave() {
    byte[] bytes = tiff(new int[] {1, 2, 3}, 255, false, 1);
    ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 2; i++) { // in the place of compression and of the strips' rows
      int at = 10 + 12 * (i == 0 ? 3 : 7);
      fields.putShort(at, (short) (322 + i)).putShort(at + 2, (short) 4).putInt(at + 8, 16_384);
    }

    ImageRejectedException e = rejection(decoder, bytes);

    assertThat(e.reason()).isEqualTo(Reason.CORRUPT);
    assertThat(e).hasMessageContaining("tiles claim 16384×16384 pixels");
  }

  /** A 4×4 RGBA TIFF of one colour. */
  private static byte[] tiff(int[] rgb, int alpha, boolean associated, int bytesPerSample) {
    int pixels = 16 * 4 * bytesPerSample;
    int entries = 10;
    int bitsAt = 8 + 2 + entries * 12 + 4;
    ByteBuffer out = ByteBuffer.allocate(bitsAt + 8 + pixels).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8).putShort((short) entries);
    int bits = 8 * bytesPerSample;
    int[][] fields = {
      {256, 3, 1, 4},
      {257, 3, 1, 4},
      {258, 3, 4, bitsAt},
      {259, 3, 1, 1},
      {262, 3, 1, 2},
      {273, 4, 1, bitsAt + 8},
      {277, 3, 1, 4},
      {278, 3, 1, 4},
      {279, 4, 1, pixels},
      {338, 3, 1, associated ? 1 : 2}
    };
    for (int[] f : fields) {
      out.putShort((short) f[0]).putShort((short) f[1]).putInt(f[2]).putInt(f[3]);
    }
    out.putInt(0);
    for (int i = 0; i < 4; i++) {
      out.putShort((short) bits);
    }
    for (int i = 0; i < 16; i++) {
      for (int c = 0; c < 4; c++) {
        int value = c == 3 ? alpha : rgb[c];
        if (bytesPerSample == 1) {
          out.put((byte) value);
        } else {
          out.putShort((short) (value * 257));
        }
      }
    }
    return out.array();
  }

  @Test
  void shouldSurviveDamagedBytesOfEveryFormat() throws Exception {
    Random random = new Random(SEED);
    System.out.println("seed " + SEED);
    int decoded = 0;
    int rejected = 0;
    for (String file :
        List.of(
            "jpeg/baseline_420.jpg",
            "jpeg/progressive.jpg",
            "jpeg/cmyk_adobe.jpg",
            "png/palette_trns.png",
            "png/rgba16.png",
            "webp/lossy.webp",
            "webp/alpha.webp",
            "webp/animated_6.webp",
            "gif/interlaced.gif",
            "bmp/palette8.bmp",
            "tiff/lzw.tif",
            "tiff/jpeg.tif",
            "suite-pillow/hopper_rle8.bmp")) {
      byte[] intact = read(file);
      for (int round = 0; round < 40; round++) {
        byte[] damaged = intact.clone();
        for (int i = 0; i < 1 + round / 8; i++) {
          int within = round % 2 == 0 ? Math.min(200, damaged.length) : damaged.length;
          damaged[random.nextInt(4, within)] = (byte) random.nextInt();
        }
        try {
          decoder.decode(damaged);
          decoded++;
        } catch (ImageRejectedException e) {
          rejected++;
        }
      }
    }
    System.out.printf("damaged bytes: %d decoded, %d rejected%n", decoded, rejected);
    assertThat(rejected).isPositive();
  }

  @Test
  void shouldDecodeTheSamePixelsFromManyThreads() throws Exception {
    List<byte[]> inputs =
        List.of(read("jpeg/baseline_420.jpg"), read("png/rgba16.png"), read("webp/alpha.webp"));
    List<byte[]> expected = new ArrayList<>();
    for (byte[] input : inputs) {
      expected.add(decoder.decode(input).rgb());
    }
    try (ExecutorService executor = Executors.newFixedThreadPool(8)) {
      List<Future<byte[]>> results = new ArrayList<>();
      for (int i = 0; i < 120; i++) {
        byte[] input = inputs.get(i % inputs.size());
        results.add(executor.submit(() -> decoder.decode(input).rgb()));
      }
      for (int i = 0; i < results.size(); i++) {
        assertThat(results.get(i).get()).isEqualTo(expected.get(i % inputs.size()));
      }
    }
  }

  @Test
  void shouldReportTheTimeOfTwoMegapixels() throws Exception {
    byte[] jpeg = read("suite-exif-orientation/Landscape_1.jpg");
    ImagePreprocessor preprocessor =
        new ImagePreprocessor(
            new ImageRecipe(
                new ImageRecipe.Geometry.Squash(),
                160,
                160,
                Resampling.BICUBIC,
                1.0 / 255,
                new float[] {0.5f, 0.5f, 0.5f},
                new float[] {0.5f, 0.5f, 0.5f},
                ImageRecipe.Layout.NHWC));
    FloatBuffer out = FloatBuffer.allocate(preprocessor.recipe().samples());
    long decode = Long.MAX_VALUE;
    long preprocess = Long.MAX_VALUE;
    long information = Long.MAX_VALUE;
    for (int i = 0; i < 30; i++) {
      long t0 = System.nanoTime();
      DecodedImage image = decoder.decode(jpeg);
      long t1 = System.nanoTime();
      preprocessor.preprocess(image, out, 0);
      long t2 = System.nanoTime();
      assertThat(InformationContent.isLow(image)).isFalse();
      long t3 = System.nanoTime();
      decode = Math.min(decode, t1 - t0);
      preprocess = Math.min(preprocess, t2 - t1);
      information = Math.min(information, t3 - t2);
    }
    System.out.printf(
        "2.2 MP JPEG, best of 30: decode %.1f ms, preprocess %.1f ms, information %.2f ms%n",
        decode / 1e6, preprocess / 1e6, information / 1e6);
    assertThat(out.get(0)).isBetween(-1f, 1f);
  }
}
