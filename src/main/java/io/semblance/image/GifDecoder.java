package io.semblance.image;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Decodes the first frame of a GIF (GIF89a specification) onto its logical screen. Written in Java:
 * it is short, memory-safe, and stops after the first frame however many follow.
 */
final class GifDecoder {
  private static final int HEADER_BYTES = 13;
  private static final int EXTENSION = 0x21;
  private static final int IMAGE = 0x2C;
  private static final int GRAPHIC_CONTROL = 0xF9;
  private static final int MAX_CODES = 4096;
  private static final int[] INTERLACE_START = {0, 4, 2, 1};
  private static final int[] INTERLACE_STEP = {8, 8, 4, 2};

  private final ByteReader in;
  private final ImageLimits limits;
  private final Consumer<ImageHeader> beforePixels;
  private int transparentIndex = -1;

  private GifDecoder(ByteReader in, ImageLimits limits, Consumer<ImageHeader> beforePixels) {
    this.in = in;
    this.limits = limits;
    this.beforePixels = beforePixels;
  }

  /**
   * @param beforePixels is told the header before memory for pixels is taken
   */
  static DecodedImage decode(ByteReader in, ImageLimits limits, Consumer<ImageHeader> beforePixels)
      throws ImageRejectedException {
    return new GifDecoder(in, limits, beforePixels).decode();
  }

  private static ImageRejectedException corrupt(String cause) {
    return ImageHeader.corrupt(ImageFormat.GIF, cause);
  }

  private DecodedImage decode() throws ImageRejectedException {
    int flags = in.u8(10);
    int globalColors = (flags & 0x80) != 0 ? 2 << (flags & 7) : 0;
    int position = HEADER_BYTES + 3 * globalColors;
    while (true) {
      int block = in.u8(position++);
      if (block == EXTENSION) {
        if (in.u8(position) == GRAPHIC_CONTROL && in.u8(position + 1L) >= 4) {
          boolean transparent = (in.u8(position + 2L) & 1) != 0;
          transparentIndex = transparent ? in.u8(position + 5L) : -1;
        }
        position = skipSubBlocks(position + 1);
      } else if (block == IMAGE) {
        return decodeFrame(position, globalColors);
      } else {
        throw corrupt("it holds no picture");
      }
    }
  }

  private int skipSubBlocks(int position) throws ImageRejectedException {
    int length;
    while ((length = in.u8(position++)) != 0) {
      position += length;
    }
    return position;
  }

  private DecodedImage decodeFrame(int position, int globalColors) throws ImageRejectedException {
    int left = in.u16LittleEndian(position);
    int top = in.u16LittleEndian(position + 2L);
    int width = in.u16LittleEndian(position + 4L);
    int height = in.u16LittleEndian(position + 6L);
    int flags = in.u8(position + 8L);
    position += 9;
    int localColors = (flags & 0x80) != 0 ? 2 << (flags & 7) : 0;
    int palette = localColors > 0 ? position : HEADER_BYTES;
    int colors = localColors > 0 ? localColors : globalColors;
    position += 3 * localColors;
    if (width == 0 || height == 0) {
      throw corrupt("its first frame claims " + width + "×" + height + " pixels");
    }
    // As browsers do: a first frame larger than its screen enlarges it; what lies outside is cut.
    ImageHeader screen =
        ImageHeader.of(
            ImageFormat.GIF,
            Math.max(width, in.u16LittleEndian(6)),
            Math.max(height, in.u16LittleEndian(8)),
            ExifOrientation.UPRIGHT,
            limits);
    beforePixels.accept(screen);
    byte[] canvas = new byte[screen.width() * screen.height() * 3];
    fillBackground(canvas, globalColors);
    Frame frame = new Frame(left, top, width, height, (flags & 0x40) != 0, palette, colors);
    FrameWriter writer = new FrameWriter(canvas, screen, frame);
    new LzwReader(position).readInto(writer, (long) width * height);
    return new DecodedImage(canvas, screen.width(), screen.height());
  }

  /** The background colour shows around an opaque first frame; around others nothing, so white. */
  private void fillBackground(byte[] canvas, int globalColors) throws ImageRejectedException {
    int background = in.u8(11);
    if (transparentIndex >= 0 || background >= globalColors) {
      Arrays.fill(canvas, (byte) 0xFF);
      return;
    }
    for (int i = 0; i < canvas.length; i++) {
      canvas[i] = in.bytes()[HEADER_BYTES + 3 * background + i % 3];
    }
  }

  /** A frame's place on the screen and its palette: byte position and number of colours. */
  private record Frame(
      int left, int top, int width, int height, boolean interlaced, int palette, int colors) {

    /** Without a palette an index is a gray level; beyond it, black: as common viewers do. */
    int level(ByteReader in, int index, int channel) throws ImageRejectedException {
      if (colors == 0) {
        return index;
      }
      return index < colors ? in.u8(palette + 3L * index + channel) : 0;
    }
  }

  /** Places palette indices in frame order on the canvas. */
  private final class FrameWriter {
    private final byte[] canvas;
    private final ImageHeader screen;
    private final Frame frame;
    private int x;
    private int y;
    private int pass;

    FrameWriter(byte[] canvas, ImageHeader screen, Frame frame) {
      this.canvas = canvas;
      this.screen = screen;
      this.frame = frame;
    }

    void write(int index) throws ImageRejectedException {
      int canvasX = frame.left + x;
      int canvasY = frame.top + y;
      if (index != transparentIndex && canvasX < screen.width() && canvasY < screen.height()) {
        int to = (canvasY * screen.width() + canvasX) * 3;
        for (int c = 0; c < 3; c++) {
          canvas[to + c] = (byte) frame.level(in, index, c);
        }
      }
      if (++x == frame.width) {
        x = 0;
        nextRow();
      }
    }

    private void nextRow() {
      y += frame.interlaced ? INTERLACE_STEP[pass] : 1;
      while (frame.interlaced && y >= frame.height && pass < 3) {
        y = INTERLACE_START[++pass];
      }
    }
  }

  /** Variable-length-code LZW over GIF's sub-blocks. */
  private final class LzwReader {
    private int position;
    private final int minimumCodeSize;
    private int blockRemaining;
    private int bits;
    private int bitCount;
    private final short[] prefix = new short[MAX_CODES];
    private final byte[] suffix = new byte[MAX_CODES];
    private final byte[] stack = new byte[MAX_CODES + 1];

    LzwReader(int start) throws ImageRejectedException {
      minimumCodeSize = in.u8(start);
      position = start + 1;
      if (minimumCodeSize < 1 || minimumCodeSize > 11) {
        throw corrupt("its code size is " + minimumCodeSize);
      }
    }

    void readInto(FrameWriter writer, long pixels) throws ImageRejectedException {
      int clear = 1 << minimumCodeSize;
      int end = clear + 1;
      int codeSize = minimumCodeSize + 1;
      int next = clear + 2;
      int previous = -1;
      int first = 0;
      long written = 0;
      while (written < pixels) {
        int code = readCode(codeSize);
        if (code == clear) {
          codeSize = minimumCodeSize + 1;
          next = clear + 2;
          previous = -1;
          continue;
        }
        if (code == end) {
          throw corrupt("its first frame has fewer pixels than it claims");
        }
        if (code > next || (code == next && previous < 0)) {
          throw corrupt("its compressed data holds a code that was never defined");
        }
        int depth = 0;
        int walk = code;
        if (code == next) {
          stack[depth++] = (byte) first;
          walk = previous;
        }
        while (walk > end) {
          stack[depth++] = suffix[walk];
          walk = prefix[walk];
        }
        first = walk;
        stack[depth++] = (byte) first;
        if (previous >= 0 && next < MAX_CODES) {
          prefix[next] = (short) previous;
          suffix[next] = (byte) first;
          next++;
          if (next == 1 << codeSize && codeSize < 12) {
            codeSize++;
          }
        }
        previous = code;
        while (depth > 0 && written < pixels) {
          writer.write(stack[--depth] & 0xFF);
          written++;
        }
      }
    }

    private int readCode(int size) throws ImageRejectedException {
      while (bitCount < size) {
        while (blockRemaining == 0) {
          blockRemaining = in.u8(position++);
          if (blockRemaining == 0) {
            throw corrupt("its first frame's data ends early");
          }
        }
        bits |= in.u8(position++) << bitCount;
        bitCount += 8;
        blockRemaining--;
      }
      int code = bits & ((1 << size) - 1);
      bits >>>= size;
      bitCount -= size;
      return code;
    }
  }
}
