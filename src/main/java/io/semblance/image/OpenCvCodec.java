package io.semblance.image;

import static org.bytedeco.opencv.global.opencv_core.CV_16U;
import static org.bytedeco.opencv.global.opencv_core.CV_8U;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR_RGB;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_UNCHANGED;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imdecode;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.ShortPointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * OpenCV's codecs, and the only class that touches OpenCV. Native memory is allocated and freed
 * inside one call; nothing native leaves it. Callable from many threads.
 *
 * <p>C++ exceptions and refusals become {@code CORRUPT}. OpenCV's own log is silenced; libjpeg may
 * still write a line on standard error for damaged entropy-coded data, which OpenCV offers no way
 * to intercept.
 */
final class OpenCvCodec {
  private static final int LOG_LEVEL_SILENT = 0;

  static {
    // JavaCPP otherwise compares the whole process's resident memory, index included, with a
    // multiple of the heap at each allocation, and runs the garbage collector when it is above.
    if (System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes") == null) {
      System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    }
    // Parallelism is across images.
    opencv_core.setNumThreads(1);
    silenceLog();
  }

  /**
   * Decoded samples. Exactly one of the arrays is filled.
   *
   * @param bytes 8-bit samples, interleaved, or empty
   * @param shorts 16-bit unsigned samples, interleaved, or empty
   */
  record Samples(byte[] bytes, short[] shorts, int width, int height, int channels) {
    boolean deep() {
      return shorts.length > 0;
    }
  }

  private OpenCvCodec() {}

  /**
   * OpenCV logs every damaged upload on standard error. Its log level has no Java binding, so the
   * C++ function is called by its name; where that fails, setting {@code OPENCV_LOG_LEVEL=SILENT}
   * in the environment does the same.
   */
  @SuppressWarnings("restricted") // the launcher enables native access, as JavaCPP needs it too
  private static void silenceLog() {
    Optional<MemorySegment> setLogLevel =
        SymbolLookup.loaderLookup().find("_ZN2cv5utils7logging11setLogLevelENS1_8LogLevelE");
    if (setLogLevel.isEmpty()) {
      return;
    }
    try {
      int _ =
          (int)
              Linker.nativeLinker()
                  .downcallHandle(
                      setLogLevel.get(),
                      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT))
                  .invokeExact(LOG_LEVEL_SILENT);
    } catch (Throwable e) {
      throw new IllegalStateException("OpenCV's log level could not be set", e);
    }
  }

  /** Decodes to 8-bit R, G, B; orientation and alpha are ignored. */
  static Samples decodeRgb(byte[] encoded, ImageHeader header) throws ImageRejectedException {
    return decode(encoded, IMREAD_COLOR_RGB | IMREAD_IGNORE_ORIENTATION, header);
  }

  /**
   * Decodes to the stored depth and channels: gray, B G R or B G R A, of 8 or 16 bits; orientation
   * is ignored.
   */
  static Samples decodeUnchanged(byte[] encoded, ImageHeader header) throws ImageRejectedException {
    // IMREAD_UNCHANGED is -1: it ignores orientation too, and takes no further flags.
    return decode(encoded, IMREAD_UNCHANGED, header);
  }

  private static Samples decode(byte[] encoded, int flags, ImageHeader header)
      throws ImageRejectedException {
    try (BytePointer data = new BytePointer(encoded);
        Mat input = new Mat(1, encoded.length, CV_8U, data);
        Mat decoded = imdecode(input, flags)) {
      if (decoded == null || decoded.isNull() || decoded.empty()) {
        throw ImageHeader.corrupt(header.format(), "the decoder refused it");
      }
      return copy(decoded, header);
    } catch (RuntimeException e) {
      // JavaCPP's form of a C++ exception; its text holds file names of the native build.
      throw ImageHeader.corrupt(header.format(), "the decoder failed on it");
    }
  }

  private static Samples copy(Mat decoded, ImageHeader header) throws ImageRejectedException {
    int channels = decoded.channels();
    int width = decoded.cols();
    int height = decoded.rows();
    if (width != header.width() || height != header.height()) {
      throw ImageHeader.corrupt(
          header.format(), "the decoded size " + width + "×" + height + " is not the header's");
    }
    if (channels != 1 && channels != 3 && channels != 4) {
      throw ImageHeader.unsupported(header.format(), channels + " channels");
    }
    if (!decoded.isContinuous()) {
      throw new IllegalStateException("OpenCV returned a matrix with gaps");
    }
    long count = (long) width * height * channels;
    if (count > Integer.MAX_VALUE - 8) {
      throw ImageHeader.unsupported(header.format(), count + " samples");
    }
    int depth = decoded.depth();
    if (depth == CV_8U) {
      byte[] bytes = new byte[(int) count];
      try (BytePointer pointer = decoded.data()) {
        pointer.capacity(count).get(bytes);
      }
      return new Samples(bytes, new short[0], width, height, channels);
    }
    if (depth == CV_16U) {
      short[] shorts = new short[(int) count];
      try (BytePointer pointer = decoded.data();
          ShortPointer words = new ShortPointer(pointer)) {
        words.capacity(count).get(shorts);
      }
      return new Samples(new byte[0], shorts, width, height, channels);
    }
    throw ImageHeader.unsupported(header.format(), "samples that are not of 8 or 16 bits");
  }
}
