package io.semblance.embedding.model;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * Writes ONNX files of one matrix by which pictures of 8 by 8 pixels are multiplied, in float32 or
 * float16; pictures and vectors are float32 in both.
 */
final class TinyOnnx {
  static final int SIDE = 8;
  static final int DIMENSION = 16;

  private static final int FLOAT32 = 1;
  private static final int FLOAT16 = 10;

  private TinyOnnx() {}

  /** Writes a package of {@code folder}: model.onnx and model_fp16.onnx, of the seeds' weights. */
  static void write(Path folder, long seed, long seedOfHalf) throws IOException {
    Files.writeString(
        folder.resolve("preprocessor_config.json"),
        """
        {"size": {"height": 8, "width": 8}, "resample": 2,
         "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
        """);
    Files.write(folder.resolve("model.onnx"), network(seed, false));
    Files.write(folder.resolve("model_fp16.onnx"), network(seedOfHalf, true));
  }

  private static byte[] network(long seed, boolean half) throws IOException {
    byte[] graph =
        message(out -> {
          out.writeByteArray(1, node("Flatten", "rows", "pixels"));
          if (half) {
            out.writeByteArray(1, cast("reduced", "rows", FLOAT16));
            out.writeByteArray(1, node("MatMul", "product", "reduced", "weights"));
            out.writeByteArray(1, cast("embedding", "product", FLOAT32));
          } else {
            out.writeByteArray(1, node("MatMul", "embedding", "rows", "weights"));
          }
          out.writeString(2, "tiny");
          out.writeByteArray(5, weights(seed, half));
          out.writeByteArray(11, port("pixels", 3, SIDE, SIDE));
          out.writeByteArray(12, port("embedding", DIMENSION));
        });
    return message(out -> {
      out.writeInt64(1, 8);
      out.writeByteArray(7, graph);
      out.writeByteArray(8, message(opset -> opset.writeInt64(2, 17)));
    });
  }

  private static byte[] weights(long seed, boolean half) throws IOException {
    int rows = 3 * SIDE * SIDE;
    ByteBuffer raw = ByteBuffer.allocate(rows * DIMENSION * (half ? Short.BYTES : Float.BYTES));
    raw.order(ByteOrder.LITTLE_ENDIAN);
    Random random = new Random(seed);
    while (raw.hasRemaining()) {
      float value = random.nextFloat(-1, 1);
      if (half) {
        raw.putShort(Float.floatToFloat16(value));
      } else {
        raw.putFloat(value);
      }
    }
    return message(out -> {
      out.writeInt64(1, rows);
      out.writeInt64(1, DIMENSION);
      out.writeInt32(2, half ? FLOAT16 : FLOAT32);
      out.writeString(8, "weights");
      out.writeByteArray(9, raw.array());
    });
  }

  private static byte[] node(String operation, String output, String... inputs) throws IOException {
    return message(out -> {
      for (String input : inputs) {
        out.writeString(1, input);
      }
      out.writeString(2, output);
      out.writeString(4, operation);
    });
  }

  private static byte[] cast(String output, String input, int type) throws IOException {
    byte[] to =
        message(out -> {
          out.writeString(1, "to");
          out.writeInt64(3, type);
          out.writeEnum(20, 2);
        });
    return message(out -> {
      out.writeString(1, input);
      out.writeString(2, output);
      out.writeString(4, "Cast");
      out.writeByteArray(5, to);
    });
  }

  private static byte[] port(String name, int... lengths) throws IOException {
    byte[] shape =
        message(out -> {
          out.writeByteArray(1, message(batch -> batch.writeString(2, "batch")));
          for (int length : lengths) {
            out.writeByteArray(1, message(axis -> axis.writeInt64(1, length)));
          }
        });
    byte[] tensor =
        message(out -> {
          out.writeEnum(1, FLOAT32);
          out.writeByteArray(2, shape);
        });
    return message(out -> {
      out.writeString(1, name);
      out.writeByteArray(2, message(type -> type.writeByteArray(1, tensor)));
    });
  }

  private interface Writer {
    void write(CodedOutputStream out) throws IOException;
  }

  private static byte[] message(Writer writer) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    writer.write(out);
    out.flush();
    return bytes.toByteArray();
  }
}
