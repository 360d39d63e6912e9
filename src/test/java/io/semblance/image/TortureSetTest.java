package io.semblance.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.semblance.image.ImageRejectedException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every file of the torture set, against its manifest. */
class TortureSetTest {
  private static final Path ROOT = Path.of("../shared/data/torture");

  /** Per channel, in levels of 255: decoders differ in chroma upsampling and CMYK rounding. */
  private static final int MEAN_TOLERANCE = 3;

  private static final Duration SLOWEST = Duration.ofSeconds(10);

  /** The manifest gives the stored size of these, though their orientation turns them. */
  private static final Set<String> SIZE_AS_STORED =
      Set.of(
          "suite-pillow/orientation_rectangle.jpg",
          "suite-pillow/g4_orientation_5.tif",
          "suite-pillow/g4_orientation_6.tif",
          "suite-pillow/g4_orientation_7.tif",
          "suite-pillow/g4_orientation_8.tif");

  /**
   * The manifest's figure comes from an older decoder's defect or from another reading of an
   * undefined case; ours, the mean that is wanted here, and why.
   */
  private static final Map<String, String> BETTER_MEANS =
      Map.ofEntries(
          // The colour key is transparent, so white; the manifest's drops transparency.
          Map.entry("suite-pillow/rgb_trns.png", "128 176 163"),
          Map.entry("suite-image-rs/images_png_transparency_acid2.png", "255 255 128"),
          // The same pictures as bmp_g_pal4.bmp and pal8rletrns.png, run-length coded.
          Map.entry("suite-pillow/bmp_g_pal4rle.bmp", "78 108 79"),
          Map.entry("suite-pillow/bmp_q_pal8rletrns.bmp", "113 104 120"),
          Map.entry("suite-pillow/bmp_q_pal4rletrns.bmp", "71 95 79"),
          // Undefined; as Pillow 12.3 shows them.
          Map.entry("suite-pillow/bmp_b_badrle.bmp", "115 35 194"),
          Map.entry("suite-image-rs/images_bmp_images_lenient_badrle.bmp", "115 35 194"),
          Map.entry("suite-pillow/bmp_b_pal8badindex.bmp", "29 26 15"),
          Map.entry("suite-image-rs/images_bmp_images_pal4rlecut.bmp", "82 71 114"),
          // The background colour around the first frame; clipped to the screen.
          Map.entry("suite-image-rs/images_gif_anim_issue_1455_undersized.gif", "255 0 0"),
          Map.entry("suite-image-rs/images_gif_anim_oob.gif", "248 255 248"),
          // Embedded profiles are ignored; as Pillow without colour management.
          Map.entry("suite-image-rs/images_jpg_portrait_2.jpg", "100 103 83"));

  /** The manifest gives the first frame's size of these GIFs; browsers show the whole screen. */
  private static final Map<String, String> SCREEN_SIZES =
      Map.of(
          "suite-pillow/dispose_bgnd_transparency.gif", "38x32",
          "suite-image-rs/images_gif_anim_issue_1455_undersized.gif", "100x100",
          "suite-image-rs/images_gif_anim_large-gif-anim-combine.gif", "1000x1000",
          "suite-image-rs/images_gif_anim_oob.gif", "32x32");

  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.DEFAULT, true);

  @Test
  void shouldTreatEveryFileAsTheManifestSays() throws IOException {
    assumeTrue(Files.exists(ROOT), "torture set absent: ../shared/data/torture");
    List<String> failures = new ArrayList<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    List<Manifest.Row> rows = Manifest.read(ROOT.resolve("manifest.csv"));
    String slowest = "";
    long slowestNanos = 0;
    for (Manifest.Row row : rows) {
      byte[] bytes = Files.readAllBytes(ROOT.resolve(row.get("file")));
      long start = System.nanoTime();
      String outcome = check(row, bytes, failures);
      long nanos = System.nanoTime() - start;
      counts.merge(outcome, 1, Integer::sum);
      if (nanos > slowestNanos) {
        slowestNanos = nanos;
        slowest = row.get("file");
      }
      if (nanos > SLOWEST.toNanos()) {
        failures.add(row.get("file") + ": took " + Duration.ofNanos(nanos));
      }
    }
    System.out.printf(
        "torture set: %d files, %s, slowest %s in %d ms%n",
        rows.size(), counts, slowest, slowestNanos / 1_000_000);
    assertThat(failures).isEmpty();
  }

  private String check(Manifest.Row row, byte[] bytes, List<String> failures) {
    String file = row.get("file");
    String tolerance = row.get("tolerance");
    boolean shouldDecode = row.get("expected").equals("decodes");
    try {
      DecodedImage image = decoder.decode(bytes);
      if (tolerance.equals("strict") && !shouldDecode) {
        failures.add(file + ": decoded, but must be rejected");
      }
      if (shouldDecode && Set.of("strict", "alpha", "either-orientation").contains(tolerance)) {
        compare(row, image, failures);
      }
      return tolerance + " decoded";
    } catch (ImageRejectedException e) {
      if (shouldDecode && !Set.of("either", "format-optional").contains(tolerance)) {
        if (Manifest.FORMATS_NOT_TAKEN.contains(file)) {
          return "format not taken";
        }
        failures.add(file + " (" + tolerance + "): " + e.reason() + " " + e.getMessage());
      }
      assertThat(e.reason()).isNotEqualTo(Reason.REFERENCE_UNREACHABLE);
      return tolerance + " rejected";
    }
  }

  private static void compare(Manifest.Row row, DecodedImage image, List<String> failures) {
    String file = row.get("file");
    String size =
        SIZE_AS_STORED.contains(file)
            ? row.get("height") + "x" + row.get("width")
            : SCREEN_SIZES.getOrDefault(file, row.get("width") + "x" + row.get("height"));
    String actualSize = image.width() + "x" + image.height();
    if (!size.equals("x") && !size.equals(actualSize)) {
      failures.add(row.get("file") + ": " + actualSize + " instead of " + size);
    }
    String expectedMean = BETTER_MEANS.getOrDefault(file, row.get("mean_rgb"));
    if (expectedMean.isEmpty()) {
      return;
    }
    String[] expected = expectedMean.split(" ", -1);
    double[] mean = mean(image);
    for (int c = 0; c < 3; c++) {
      if (Math.abs(mean[c] - Double.parseDouble(expected[c])) > MEAN_TOLERANCE + 0.5) {
        failures.add(
            "%s (%s): mean %.0f %.0f %.0f instead of %s"
                .formatted(
                    row.get("file"),
                    row.get("tolerance"),
                    mean[0],
                    mean[1],
                    mean[2],
                    expectedMean));
        return;
      }
    }
  }

  static double[] mean(DecodedImage image) {
    double[] sums = new double[3];
    byte[] rgb = image.rgb();
    for (int i = 0; i < rgb.length; i++) {
      sums[i % 3] += rgb[i] & 0xFF;
    }
    for (int c = 0; c < 3; c++) {
      sums[c] /= rgb.length / 3.0;
    }
    return sums;
  }
}
