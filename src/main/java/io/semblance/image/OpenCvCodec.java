package io.semblance.image;

import static org.bytedeco.opencv.global.opencv_core.CV_16U;
import static org.bytedeco.opencv.global.opencv_core.CV_8U;
import static org.bytedeco.opencv.global.opencv_core.setNumThreads;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR_RGB;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_UNCHANGED;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imdecode;

import io.semblance.image.ImageRejectedException.Reason;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * OpenCV's codecs: the only class that touches native code. It is handed only what has passed the
 * header checks, and no native memory leaves it. Safe for use by several threads.
 */
final class OpenCvCodec {
  private static final int WHITE = 255;

  static {
    setNumThreads(1); // the decoding pool is the parallelism
  }

  private OpenCvCodec() {}

  /** Returns the picture as stored, flattened on white where it is transparent. */
  static DecodedImage decode(byte[] bytes, boolean transparent) throws ImageRejectedException {
    try (BytePointer pointer = new BytePointer(bytes);
        Mat encoded = new Mat(1, bytes.length, CV_8U, pointer);
        Mat picture =
            imdecode(
                encoded,
                transparent ? IMREAD_UNCHANGED : IMREAD_COLOR_RGB | IMREAD_IGNORE_ORIENTATION)) {
      if (picture == null || picture.empty()) {
        throw Bytes.corrupt("its picture data cannot be decoded");
      }
      return transparent ? flattened(picture) : copied(picture);
    } catch (RuntimeException e) { // how JavaCPP reports a C++ exception
      throw new ImageRejectedException(
          Reason.CORRUPT,
          "the image is damaged: its picture data cannot be decoded; send it again, whole",
          e);
    }
  }

  private static DecodedImage copied(Mat picture) {
    int width = picture.cols();
    int height = picture.rows();
    byte[] rgb = new byte[width * height * 3];
    for (int y = 0; y < height; y++) {
      try (BytePointer row = picture.ptr(y)) {
        row.get(rgb, y * width * 3, width * 3);
      }
    }
    return new DecodedImage(rgb, width, height);
  }

  /** Channels come as gray, BGR or BGRA, of 8 or 16 bits. */
  private static DecodedImage flattened(Mat picture) throws ImageRejectedException {
    int width = picture.cols();
    int height = picture.rows();
    int channels = picture.channels();
    int sampleBytes = picture.depth() == CV_8U ? 1 : 2;
    if (picture.depth() != CV_8U && picture.depth() != CV_16U) {
      throw Bytes.corrupt("samples of an unusual type");
    }
    byte[] rgb = new byte[width * height * 3];
    byte[] row = new byte[width * channels * sampleBytes];
    for (int y = 0; y < height; y++) {
      try (BytePointer pointer = picture.ptr(y)) {
        pointer.get(row, 0, row.length);
      }
      for (int x = 0; x < width; x++) {
        int alpha = channels == 4 ? sample(row, x * 4 + 3, sampleBytes) : WHITE;
        for (int c = 0; c < 3; c++) {
          int channel = channels >= 3 ? x * channels + 2 - c : x * channels;
          int value = sample(row, channel, sampleBytes);
          rgb[(y * width + x) * 3 + c] =
              (byte) ((value * alpha + WHITE * (WHITE - alpha) + 127) / 255);
        }
      }
    }
    return new DecodedImage(rgb, width, height);
  }

  /** Returns a sample as 8 bits; of 16 bits, stored little-endian, the upper half. */
  private static int sample(byte[] row, int index, int sampleBytes) {
    return row[index * sampleBytes + sampleBytes - 1] & 0xFF;
  }
}
