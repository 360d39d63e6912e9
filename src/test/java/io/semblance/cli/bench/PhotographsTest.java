package io.semblance.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.semblance.image.DecodedImage;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageLimits;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhotographsTest {
  @TempDir private Path directory;

  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.DEFAULT, true);

  @Test
  void shouldMakeDistinctPairsOfFewPhotographs() throws Exception {
    write("a.jpg", 1);
    write("b.jpg", 2);

    List<Photographs.Pair> pairs = Photographs.read(directory).pairs(10, 3);

    Set<List<Integer>> contents = new HashSet<>();
    for (Photographs.Pair pair : pairs) {
      contents.add(bytes(pair.original()));
      contents.add(bytes(pair.copy()));
      DecodedImage original = decoder.decode(pair.original());
      DecodedImage copy = decoder.decode(pair.copy());
      assertThat(copy.width()).isEqualTo(original.width()).isBetween(96, 114);
      assertThat(copy.height()).isEqualTo(original.height()).isBetween(64, 76);
    }
    assertThat(contents).hasSize(20);
    assertThat(pairs.stream().map(Photographs.Pair::group))
        .containsExactly(0, 0, 1, 1, 2, 2, 3, 3, 4, 4);
  }

  @Test
  void shouldMakePicturesOfTwoMegapixels() throws Exception {
    write("a.jpeg", 1);

    List<byte[]> images = Photographs.read(directory).twoMegapixels(5);

    assertThat(images).hasSize(1);
    DecodedImage image = decoder.decode(images.getFirst());
    assertThat(image.width() * image.height()).isBetween(1_990_000, 2_010_000);
  }

  @Test
  void shouldSayHowToNamePhotographsWhereThereAreNone() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Photographs.read(directory))
        .withMessageContaining("--photos");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Photographs.defaultDirectory(directory.resolve("home")))
        .withMessageContaining("--photos");
  }

  private static List<Integer> bytes(byte[] array) {
    return java.util.stream.IntStream.range(0, array.length).mapToObj(i -> (int) array[i]).toList();
  }

  private void write(String name, long seed) throws Exception {
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(120, 80, BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        image.setRGB(x, y, random.nextInt(1 << 24));
      }
    }
    ImageIO.write(image, "jpeg", directory.resolve(name).toFile());
  }
}
