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
  private static final int MEAN_TOLERANCE = 2;

  private static final Duration SLOWEST = Duration.ofSeconds(10);

  /** Valid, but outside of the allow-list of formats: refusing them is the documented answer. */
  private static final Set<String> FORMATS_NOT_TAKEN = Set.of("suite-pillow/hopper.ico");

  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults(), true);

  @Test
  void shouldTreatEveryFileAsTheManifestSays() throws IOException {
    assumeTrue(Files.exists(ROOT), "torture set absent: ../shared/data/torture");
    List<String> failures = new ArrayList<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    List<Map<String, String>> rows = Manifest.read(ROOT.resolve("manifest.csv"));
    String slowest = "";
    long slowestNanos = 0;
    for (Map<String, String> row : rows) {
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

  private String check(Map<String, String> row, byte[] bytes, List<String> failures) {
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
        if (FORMATS_NOT_TAKEN.contains(file)) {
          return "format not taken";
        }
        failures.add(file + " (" + tolerance + "): " + e.reason() + " " + e.getMessage());
      }
      assertThat(e.reason()).isNotEqualTo(Reason.REFERENCE_UNREACHABLE);
      return tolerance + " rejected";
    }
  }

  private static void compare(Map<String, String> row, DecodedImage image, List<String> failures) {
    String size = row.get("width") + "x" + row.get("height");
    String actualSize = image.width() + "x" + image.height();
    if (!size.equals("x") && !size.equals(actualSize)) {
      failures.add(row.get("file") + ": " + actualSize + " instead of " + size);
    }
    if (row.get("mean_rgb").isEmpty()) {
      return;
    }
    String[] expected = row.get("mean_rgb").split(" ");
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
                    row.get("mean_rgb")));
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
