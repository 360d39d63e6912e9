package io.semblance.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.semblance.image.ImageRecipe.CropRounding;
import io.semblance.image.ImageRecipe.Geometry;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Pixels and normalised values of the reference pipelines (Pillow), by hash. */
class GoldenPixelsTest {
  private static final double ONE_255TH = 1.0 / 255;

  private static final Path DATA = Path.of("../shared/data");
  private static final Path GOLDEN = Path.of("../shared/models/golden");
  private static final double VALUE_TOLERANCE = 5e-6;

  /** SHA-256 of Pillow 12.3's {@code convert("RGB").resize((160, 160), BICUBIC)} bytes. */
  private static final Map<String, String> SQUASH_160_BICUBIC =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry(
                  "antelope-canyon.jpg",
                  "533551279d940428e2fda5e3d8b5832168498d08de49e616664da78129de4f36"),
              Map.entry(
                  "bread-sourdough.jpg",
                  "1af6340517cbc77281cfe3e922378f91c0b94b45a92d08de01c94d9acd67cd1c"),
              Map.entry(
                  "cliff-and-surf.jpg",
                  "16ed85acf42913e6a2f3a4fe5f10b93c3f38bde23d2156dc216c1503b1c01160"),
              Map.entry(
                  "earth-at-night.jpg",
                  "96ac97e36c25ef189035b25ec84ab3e1467cc739224f04f1557ff4af69e8bd95"),
              Map.entry(
                  "lighthouse.jpg",
                  "d3f96d7b39632984ebacd55b1468f1677b3e7927e665567ee72da24824f46845"),
              Map.entry(
                  "orange-dune.jpg",
                  "fda5efac379a598e0d4eb62c7b66429bfa1617988c718b7f003bac92d5bee2ce"),
              Map.entry(
                  "pancakes-thick.jpg",
                  "b88679d77c010de75a17a2ef7ca164b29379268f1c28d3ce448ad0bb57d70917"),
              Map.entry(
                  "polemonium-reptans.jpg",
                  "4bf726fa9f954ff8d67074e396cf99bb307818f9052d5af3d796322bbf5f25b0"),
              Map.entry(
                  "silver-fir.jpg",
                  "cc9647ac5fcedd22cff28c9dce769cf00549118f0b36a9d7ee88f264d055c0d6"),
              Map.entry(
                  "sunset-by-the-pier.jpg",
                  "b2a3052e04aebf511b9bf366e334b9affa94a729b0aade5ef6581238acdad2f1")));

  private final ImageDecoder asStored =
      new ImageDecoder(ImageLimits.DEFAULT, false, Transparency.DROPPED);
  private final ImageDecoder upright =
      new ImageDecoder(ImageLimits.DEFAULT, true, Transparency.DROPPED);

  /** As the test after it, of the photographs that ship with the project. */
  @Test
  void shouldReproduceTheReferencePipelinesOfTheShippedPhotographs() throws Exception {
    JsonNode families = read(Path.of("src/test/resources/pixel-hashes.json"));
    assertThat(families.size()).isEqualTo(15);
    for (String family : (Iterable<String>) families::fieldNames) {
      ImageRecipe recipe = recipe(families.get(family).get("recipe"));
      ImagePreprocessor older = new ImagePreprocessor(recipe);
      ImagePreprocessor newest =
          new ImagePreprocessor(recipe.withPassOrder(ImageRecipe.PassOrder.PILLOW_13));
      for (JsonNode image : families.get(family).get("images")) {
        String file = image.get("file").asText();
        DecodedImage decoded =
            asStored.decode(Files.readAllBytes(Path.of("src/main/resources/demo", file)));
        JsonNode expected =
            image.has("pillow_12_and_older") ? image.get("pillow_12_and_older") : image;
        assertThat(sha256(decoded.rgb())).as(file).isEqualTo(image.get("rgb_sha256").asText());
        assertThat(sha256(older.sized(decoded).rgb()))
            .as("%s %s", family, file)
            .isEqualTo(expected.get("crop_sha256").asText());
        assertThat(sha256(newest.sized(decoded).rgb()))
            .as("%s %s with the passes of Pillow 13", family, file)
            .isEqualTo(image.get("crop_sha256").asText());
      }
    }
  }

  @Test
  void shouldReproduceTheReferencePipelinesBitByBit() throws Exception {
    assumeTrue(Files.exists(GOLDEN), "golden set absent: ../shared/models/golden");
    List<String> failures = new ArrayList<>();
    int pictures = 0;
    int crops = 0;
    for (String family :
        List.of(
            "vit",
            "vit-mae",
            "siglip",
            "clip",
            "openclip",
            "dinov2",
            "resnet",
            "resnet-hf",
            "convnext",
            "efficientnet",
            "mobilenetv3",
            "efficientnet-hf",
            "eva-clip",
            "sentence-transformers-clip",
            "keras-mobilenetv2")) {
      JsonNode golden = read(GOLDEN.resolve(family).resolve("golden.json"));
      ImageRecipe recipe = recipe(golden.get("recipe"));
      ImagePreprocessor preprocessor = new ImagePreprocessor(recipe);
      ImagePreprocessor newest =
          new ImagePreprocessor(recipe.withPassOrder(ImageRecipe.PassOrder.PILLOW_13));
      for (JsonNode image : golden.get("images")) {
        String file = image.get("file").asText();
        boolean turned = image.path("variant").asText().equals("exif_transpose");
        DecodedImage decoded =
            (turned ? upright : asStored).decode(Files.readAllBytes(DATA.resolve(file)));
        pictures++;
        if (image.has("rgb_sha256")
            && !sha256(decoded.rgb()).equals(image.get("rgb_sha256").asText())) {
          failures.add(family + " " + file + ": decoded pixels differ");
        }
        JsonNode expected = image;
        if (image.has("pillow_12_and_older")) {
          expected = image.get("pillow_12_and_older");
        }
        crops++;
        if (!sha256(preprocessor.sized(decoded).rgb())
            .equals(expected.get("crop_sha256").asText())) {
          failures.add(family + " " + file + ": crop differs");
        }
        if (!sha256(newest.sized(decoded).rgb()).equals(image.get("crop_sha256").asText())) {
          failures.add(family + " " + file + ": crop differs with the passes of Pillow 13");
        }
        if (expected == image && !family.equals("efficientnet-hf")) {
          compareValues(preprocessor, decoded, image);
        }
      }
    }
    System.out.printf("golden pixels: %d pictures, %d crops compared%n", pictures, crops);
    assertThat(failures).isEmpty();
    assertThat(crops).isGreaterThanOrEqualTo(15 * 15);
  }

  @Test
  void shouldSquashTheDemoPicturesAsPillowDoes() throws Exception {
    Path images = DATA.resolve("demo/images");
    assumeTrue(Files.exists(images), "demo pictures absent: ../shared/data/demo");
    ImagePreprocessor preprocessor =
        new ImagePreprocessor(
            new ImageRecipe(
                new Geometry.Squash(),
                160,
                160,
                Resampling.BICUBIC,
                ONE_255TH,
                new float[] {0.5f, 0.5f, 0.5f},
                new float[] {0.5f, 0.5f, 0.5f},
                ImageRecipe.Layout.NHWC));
    for (Map.Entry<String, String> entry : SQUASH_160_BICUBIC.entrySet()) {
      DecodedImage decoded = asStored.decode(Files.readAllBytes(images.resolve(entry.getKey())));
      assertThat(sha256(preprocessor.sized(decoded).rgb()))
          .as(entry.getKey())
          .isEqualTo(entry.getValue());
    }
  }

  @Test
  void shouldResizeAwkwardSizesAsPillowDoes() throws Exception {
    for (ResizeCase c : RESIZE_CASES) {
      DecodedImage resized =
          ImageResizer.resize(pattern(c.width, c.height), c.toWidth, c.toHeight, c.resampling);
      assertThat(sha256(resized.rgb())).as(c.toString()).isEqualTo(c.sha256);
    }
  }

  @Test
  void shouldCropTheSamePixelsAsResizingWholeAndCutting() {
    DecodedImage image = pattern(97, 61);
    for (Resampling resampling : Resampling.values()) {
      DecodedImage whole = ImageResizer.resize(image, 53, 40, resampling);
      DecodedImage window =
          ImageResizer.resizeAndCrop(
              image, 53, 40, 7, 11, 30, 20, resampling, ImageRecipe.PassOrder.PILLOW_12);
      for (int y = 0; y < 20; y++) {
        for (int i = 0; i < 90; i++) {
          assertThat(window.rgb()[y * 90 + i])
              .isEqualTo(whole.rgb()[(y + 11) * 53 * 3 + 7 * 3 + i]);
        }
      }
    }
  }

  private record ResizeCase(
      int width, int height, int toWidth, int toHeight, Resampling resampling, String sha256) {}

  /** SHA-256 of Pillow 12.3's result on {@link #pattern}. */
  private static final List<ResizeCase> RESIZE_CASES =
      List.of(
          new ResizeCase(
              1,
              1,
              7,
              5,
              Resampling.NEAREST,
              "523c41464ee47d61350e15bc091bc970d73ae2d00bfe7a88bc7fe00ae6202c75"),
          new ResizeCase(
              1,
              1,
              7,
              5,
              Resampling.LANCZOS,
              "523c41464ee47d61350e15bc091bc970d73ae2d00bfe7a88bc7fe00ae6202c75"),
          new ResizeCase(
              1,
              1,
              7,
              5,
              Resampling.BILINEAR,
              "523c41464ee47d61350e15bc091bc970d73ae2d00bfe7a88bc7fe00ae6202c75"),
          new ResizeCase(
              1,
              1,
              7,
              5,
              Resampling.BICUBIC,
              "523c41464ee47d61350e15bc091bc970d73ae2d00bfe7a88bc7fe00ae6202c75"),
          new ResizeCase(
              17,
              9,
              160,
              160,
              Resampling.NEAREST,
              "cb74e1a8cef271cc190225879c05bf9dbface078b59b914c7e5a9918e717639f"),
          new ResizeCase(
              17,
              9,
              160,
              160,
              Resampling.LANCZOS,
              "2448e24cdfbb990513b7668c27c0416939170210131acd5086cee3f109948ad0"),
          new ResizeCase(
              17,
              9,
              160,
              160,
              Resampling.BILINEAR,
              "5609b219e24604e35af6ff2a7c08e970d7dba51a58a71f72d530fda7d1a396eb"),
          new ResizeCase(
              17,
              9,
              160,
              160,
              Resampling.BICUBIC,
              "0eb596cb3c16507fe008d9d140859ca2665467639453573815457fca68d82b65"),
          new ResizeCase(
              1000,
              37,
              64,
              64,
              Resampling.NEAREST,
              "80faa901bef4c0938aa706bb3923152559832c17786c20c74ecce2369d40c5df"),
          new ResizeCase(
              1000,
              37,
              64,
              64,
              Resampling.LANCZOS,
              "c50be7031bd7eb86911ad51fda89ae9e9554b7a4f1efe2040a7b5562ad484043"),
          new ResizeCase(
              1000,
              37,
              64,
              64,
              Resampling.BILINEAR,
              "590a88b6cb4704f6ac9b9223e1fef694208452e1f5eaa51cc5ca44bf5db5a78f"),
          new ResizeCase(
              1000,
              37,
              64,
              64,
              Resampling.BICUBIC,
              "351b34649d08561f484c99f2d1c29c341a487aa7f355387f1b48ef3e9e67e6e6"),
          new ResizeCase(
              37,
              1000,
              64,
              64,
              Resampling.NEAREST,
              "11a1fc83eab1ba982c14b1f1d58cafaba794133c4925fb8ff6db8fa950ba4d0d"),
          new ResizeCase(
              37,
              1000,
              64,
              64,
              Resampling.LANCZOS,
              "20bdc4c5ccd18dc9c69141857cdb1a51f8354fb571b9c3528995b1849e7d5bb8"),
          new ResizeCase(
              37,
              1000,
              64,
              64,
              Resampling.BILINEAR,
              "ed25ae6e3c8506f4e9c2737b3cd99889c66720ff4a45c4f5bca67bef4d824399"),
          new ResizeCase(
              37,
              1000,
              64,
              64,
              Resampling.BICUBIC,
              "f4e593e19e0ba354cd4bf76bc96e8926199400acf43def43d72de51c4a34e931"),
          new ResizeCase(
              64,
              64,
              64,
              64,
              Resampling.NEAREST,
              "93afc6460bff2f7c4df80ec23f3c6c15f79b4e3097697276ab2d7e3e7a9f68c0"),
          new ResizeCase(
              64,
              64,
              64,
              64,
              Resampling.LANCZOS,
              "93afc6460bff2f7c4df80ec23f3c6c15f79b4e3097697276ab2d7e3e7a9f68c0"),
          new ResizeCase(
              64,
              64,
              64,
              64,
              Resampling.BILINEAR,
              "93afc6460bff2f7c4df80ec23f3c6c15f79b4e3097697276ab2d7e3e7a9f68c0"),
          new ResizeCase(
              64,
              64,
              64,
              64,
              Resampling.BICUBIC,
              "93afc6460bff2f7c4df80ec23f3c6c15f79b4e3097697276ab2d7e3e7a9f68c0"),
          new ResizeCase(
              64,
              200,
              64,
              50,
              Resampling.NEAREST,
              "71bf35e2d3ee47061cd461f922a0f6d5a52822f6cabcf343217d6909210134dd"),
          new ResizeCase(
              64,
              200,
              64,
              50,
              Resampling.LANCZOS,
              "2381526753e3f6bb998f594ba8fea705dd18c2b4280009925754d17d8fd27a8a"),
          new ResizeCase(
              64,
              200,
              64,
              50,
              Resampling.BILINEAR,
              "bd83002ccdf0b9c2004f81aed722791234bdefe4ab4a26e3483b154d22643904"),
          new ResizeCase(
              64,
              200,
              64,
              50,
              Resampling.BICUBIC,
              "530ae62c061ca2f2e55d32fa26f3f08a6c1c25b2f59a81b03f86b1da2888eb6b"),
          new ResizeCase(
              383,
              217,
              224,
              127,
              Resampling.NEAREST,
              "892099268e09a2bedbb15cc348bcda6fd0e1cf199a2032ea86ba575de3cc90e9"),
          new ResizeCase(
              383,
              217,
              224,
              127,
              Resampling.LANCZOS,
              "68501c004afea427dc4e94117cde1d78f14879338be2fa02632f1d8dafdd639d"),
          new ResizeCase(
              383,
              217,
              224,
              127,
              Resampling.BILINEAR,
              "0c809c3e7293dd5be6fc5e68ed24c9af0d1c0773734300581a0deb901117dcc9"),
          new ResizeCase(
              383,
              217,
              224,
              127,
              Resampling.BICUBIC,
              "a4792f1197867883e3d8022329b1c63ec0f4f980ffb6a4ab2bc9faff9ad42019"),
          new ResizeCase(
              2,
              3000,
              160,
              160,
              Resampling.NEAREST,
              "1462b257402b69152aebc2feb0e2935c620c33a9f3d8299ed468a6d5b910baad"),
          new ResizeCase(
              2,
              3000,
              160,
              160,
              Resampling.LANCZOS,
              "e837ff1935f10f82c1c8285635d47fba248afe617e9c0d3852369cf0f1386e67"),
          new ResizeCase(
              2,
              3000,
              160,
              160,
              Resampling.BILINEAR,
              "f2c98914e7f76e6426dd0fb5c2e9e425122d9e191f01c6dedf99c998a0839714"),
          new ResizeCase(
              2,
              3000,
              160,
              160,
              Resampling.BICUBIC,
              "7c4692444a36ddf78d318267f8edb26c28f5622220e715adfaf92e27ca17a517"),
          new ResizeCase(
              301,
              299,
              300,
              300,
              Resampling.NEAREST,
              "d92ecba16a08ca37601a98a75e9155fe0d05f1c932dc6faafad25f7c92165a65"),
          new ResizeCase(
              301,
              299,
              300,
              300,
              Resampling.LANCZOS,
              "a7027d69b479bd6b7464f21ea180a47917879cee36b4adb3d02438660edbf4ca"),
          new ResizeCase(
              301,
              299,
              300,
              300,
              Resampling.BILINEAR,
              "0cf5e26a6c594ecd389f1689686958944809df7d2ccc0f2cac82cf29a34f894e"),
          new ResizeCase(
              301,
              299,
              300,
              300,
              Resampling.BICUBIC,
              "49b73cfed3bc84384ae2198bcb60ee6941b192fede7708e09913771e6b1c4c0b"));

  private static DecodedImage pattern(int width, int height) {
    byte[] rgb = new byte[width * height * 3];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < 3; c++) {
          rgb[(y * width + x) * 3 + c] = (byte) ((x * x * 7 + y * 13 * (c + 1) + x * y * 3) >> 1);
        }
      }
    }
    return new DecodedImage(rgb, width, height);
  }

  private static void compareValues(
      ImagePreprocessor preprocessor, DecodedImage decoded, JsonNode image) {
    if (!image.path("pixel_values_first8").isArray()) {
      return;
    }
    int count = preprocessor.recipe().samples();
    FloatBuffer out = FloatBuffer.allocate(count + 5);
    preprocessor.preprocess(decoded, out, 5);
    for (int i = 0; i < 8; i++) {
      assertThat((double) out.get(5 + i))
          .as(image.get("file").asText())
          .isCloseTo(image.get("pixel_values_first8").get(i).asDouble(), within(VALUE_TOLERANCE));
      assertThat((double) out.get(5 + count - 8 + i))
          .isCloseTo(image.get("pixel_values_last8").get(i).asDouble(), within(VALUE_TOLERANCE));
    }
  }

  private static ImageRecipe recipe(JsonNode node) {
    Resampling resampling =
        switch (node.get("interpolation").asText()) {
          case "nearest" -> Resampling.NEAREST;
          case "bilinear" -> Resampling.BILINEAR;
          case "bicubic" -> Resampling.BICUBIC;
          default -> throw new IllegalArgumentException(node.toString());
        };
    Geometry geometry;
    int side;
    if (node.get("resize").asText().startsWith("squash")) {
      geometry = new Geometry.Squash();
      side = node.get("size").asInt();
    } else {
      side = node.get("crop").asInt();
      CropRounding rounding =
          node.get("crop_rounding").asText().startsWith("torchvision")
              ? CropRounding.HALF_TO_EVEN
              : CropRounding.FLOOR;
      geometry = new Geometry.ShortSideThenCentre(node.get("shortest_edge").asInt(), rounding);
    }
    return new ImageRecipe(
        geometry,
        side,
        side,
        resampling,
        node.path("rescale_factor").asDouble(ONE_255TH),
        numbers(node.get("mean")),
        numbers(node.get("std")),
        node.get("layout").asText().equals("NHWC")
            ? ImageRecipe.Layout.NHWC
            : ImageRecipe.Layout.NCHW);
  }

  private static float[] numbers(JsonNode node) {
    float[] numbers = new float[node.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) node.get(i).asDouble();
    }
    return numbers;
  }

  private static JsonNode read(Path file) throws IOException {
    return new ObjectMapper().readTree(file.toFile());
  }

  private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
