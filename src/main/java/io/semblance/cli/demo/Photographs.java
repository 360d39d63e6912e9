package io.semblance.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * The shipped photographs, all in the public domain; {@code LICENCES.md} beside them names each.
 */
final class Photographs {
  private static final String FOLDER = "/demo/";
  private static final String LIST = "photographs.txt";

  private Photographs() {}

  /** Returns the bytes of each photograph by its file name. */
  static Map<String, byte[]> all() {
    Map<String, byte[]> photographs = new LinkedHashMap<>();
    for (String name : List.of(new String(read(LIST), UTF_8).split("\\s+"))) {
      photographs.put(name, read(name));
    }
    return photographs;
  }

  static BufferedImage picture(byte[] photograph) {
    try {
      return ImageIO.read(new ByteArrayInputStream(photograph));
    } catch (IOException e) {
      throw new UncheckedIOException("a shipped photograph is damaged", e);
    }
  }

  private static byte[] read(String name) {
    try (InputStream in = Photographs.class.getResourceAsStream(FOLDER + name)) {
      if (in == null) {
        throw new IllegalStateException(
            "%s is not in the application: build it again".formatted(name));
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name, e);
    }
  }
}
