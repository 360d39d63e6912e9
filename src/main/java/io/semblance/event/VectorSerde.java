package io.semblance.event;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Vectors on the wire: float32, little-endian, nothing else, so that {@code numpy.frombuffer(value,
 * '<f4')} reads them.
 */
public final class VectorSerde implements Serde<float[]> {
  @Override
  public Serializer<float[]> serializer() {
    return (topic, vector) -> vector == null ? null : toBytes(vector);
  }

  @Override
  public Deserializer<float[]> deserializer() {
    return (topic, bytes) -> bytes == null ? null : fromBytes(bytes);
  }

  /** Returns {@code vector} in its wire form, 4 bytes a component. */
  public static byte[] toBytes(float[] vector) {
    ByteBuffer buffer =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(vector);
    return buffer.array();
  }

  /**
   * Returns the vector whose wire form is {@code bytes}.
   *
   * @throws SerializationException if the length is no multiple of 4
   */
  public static float[] fromBytes(byte[] bytes) {
    if (bytes.length % Float.BYTES != 0) {
      throw new SerializationException(
          "a vector of %d bytes: float32 takes a multiple of 4".formatted(bytes.length));
    }
    float[] vector = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
    return vector;
  }
}
