package io.semblance.image;

import java.util.Arrays;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Decodes Windows and OS/2 bitmaps: 1, 4, 8, 16, 24 and 32 bits, palettes, bit masks, RLE4 and
 * RLE8. Written in Java: the format is simple, its files are hostile, and native decoders differ on
 * its variants. Pixels that run-length coding skips take palette colour 0.
 */
final class BmpDecoder {
  private static final int FILE_HEADER_BYTES = 14;
  private static final int CORE_HEADER_BYTES = 12;
  private static final int MASKS_OFFSET = FILE_HEADER_BYTES + 40;
  private static final Set<Integer> HEADER_SIZES = Set.of(12, 16, 40, 52, 56, 64, 108, 124);
  private static final Set<Integer> DEPTHS = Set.of(1, 4, 8, 16, 24, 32);
  private static final int UNCOMPRESSED = 0;
  private static final int RLE8 = 1;
  private static final int RLE4 = 2;
  private static final int BIT_FIELDS = 3;

  /** A run of two bytes makes at most 255 pixels. */
  private static final int PIXELS_PER_RUN_BYTE = 128;

  private final ByteReader in;
  private final int headerSize;
  private final int width;
  private final int height;
  private final boolean topDown;
  private final int bits;
  private final int compression;
  private final long offset;
  private final byte[] rgb;

  private BmpDecoder(ByteReader in, ImageLimits limits, Consumer<ImageHeader> beforePixels)
      throws ImageRejectedException {
    this.in = in;
    offset = in.u32LittleEndian(10);
    long size = in.u32LittleEndian(FILE_HEADER_BYTES);
    if (size > 124 || !HEADER_SIZES.contains((int) size)) {
      throw corrupt("its header claims " + size + " bytes");
    }
    headerSize = (int) size;
    boolean core = headerSize == CORE_HEADER_BYTES;
    long claimedWidth = core ? in.u16LittleEndian(18) : (int) in.u32LittleEndian(18);
    long claimedHeight = core ? in.u16LittleEndian(20) : (int) in.u32LittleEndian(22);
    topDown = claimedHeight < 0;
    bits = in.u16LittleEndian(core ? 24 : 28);
    compression = headerSize >= 40 ? (int) in.u32LittleEndian(30) : UNCOMPRESSED;
    ImageHeader header =
        ImageHeader.of(
            ImageFormat.BMP,
            claimedWidth,
            Math.abs(claimedHeight),
            ExifOrientation.UPRIGHT,
            limits);
    width = header.width();
    height = header.height();
    if (!DEPTHS.contains(bits)) {
      throw corrupt("it claims " + bits + " bits per pixel");
    }
    boolean fits =
        switch (compression) {
          case UNCOMPRESSED -> true;
          case RLE8 -> bits == 8;
          case RLE4 -> bits == 4;
          case BIT_FIELDS -> bits >= 16 && bits != 24 && headerSize != 64;
          default -> false;
        };
    if (!fits) {
      throw ImageHeader.unsupported(
          ImageFormat.BMP, "compression " + compression + " with " + bits + " bits per pixel");
    }
    if (offset < FILE_HEADER_BYTES + headerSize || offset >= in.length()) {
      throw corrupt("its pixels are said to start at byte " + offset);
    }
    boolean runs = compression == RLE8 || compression == RLE4;
    if (runs && (long) width * height > (in.length() - offset) * PIXELS_PER_RUN_BYTE) {
      throw corrupt("its few runs cannot fill " + width + "×" + height + " pixels");
    }
    beforePixels.accept(header);
    rgb = new byte[width * height * 3];
  }

  /**
   * @param beforePixels is told the header before memory for pixels is taken
   */
  static DecodedImage decode(ByteReader in, ImageLimits limits, Consumer<ImageHeader> beforePixels)
      throws ImageRejectedException {
    return new BmpDecoder(in, limits, beforePixels).decode();
  }

  private static ImageRejectedException corrupt(String cause) {
    return ImageHeader.corrupt(ImageFormat.BMP, cause);
  }

  private DecodedImage decode() throws ImageRejectedException {
    if (compression == RLE8 || compression == RLE4) {
      decodeRuns();
    } else {
      long stride = ((long) width * bits + 31) / 32 * 4;
      // The last row's padding may be missing.
      long needed = offset + stride * (height - 1) + ((long) width * bits + 7) / 8;
      if (needed > in.length()) {
        throw corrupt("its pixels need " + needed + " bytes, so it is cut");
      }
      if (bits <= 8) {
        decodeIndexed(stride);
      } else if (bits == 24) {
        decode24(stride);
      } else {
        decodeMasked(stride);
      }
    }
    return new DecodedImage(rgb, width, height);
  }

  private int target(int row) {
    return (topDown ? row : height - 1 - row) * width * 3;
  }

  /** Returns 256 colours as R, G, B; those the file lacks are black. */
  private byte[] palette() throws ImageRejectedException {
    int entryBytes = headerSize == CORE_HEADER_BYTES ? 3 : 4;
    long start = (long) FILE_HEADER_BYTES + headerSize;
    long used = headerSize >= 40 ? in.u32LittleEndian(46) : 0;
    long count = used == 0 || used > 1 << bits ? 1 << bits : used;
    count = Math.min(count, (offset - start) / entryBytes);
    byte[] colors = new byte[256 * 3];
    for (int i = 0; i < count; i++) {
      for (int c = 0; c < 3; c++) {
        colors[3 * i + c] = (byte) in.u8(start + (long) i * entryBytes + 2 - c);
      }
    }
    return colors;
  }

  private void decodeIndexed(long stride) throws ImageRejectedException {
    byte[] colors = palette();
    byte[] bytes = in.bytes();
    int perByte = 8 / bits;
    int mask = (1 << bits) - 1;
    for (int row = 0; row < height; row++) {
      int from = (int) (offset + row * stride);
      int to = target(row);
      for (int x = 0; x < width; x++) {
        int shift = 8 - bits - x % perByte * bits;
        int index = (bytes[from + x / perByte] >> shift) & mask;
        System.arraycopy(colors, index * 3, rgb, to, 3);
        to += 3;
      }
    }
  }

  private void decode24(long stride) {
    byte[] bytes = in.bytes();
    for (int row = 0; row < height; row++) {
      int from = (int) (offset + row * stride);
      int to = target(row);
      for (int x = 0; x < width; x++, from += 3, to += 3) {
        rgb[to] = bytes[from + 2];
        rgb[to + 1] = bytes[from + 1];
        rgb[to + 2] = bytes[from];
      }
    }
  }

  private void decodeMasked(long stride) throws ImageRejectedException {
    long[] masks = masks();
    byte[][] tables = new byte[4][];
    int[] shifts = new int[4];
    int[] widths = new int[4];
    for (int c = 0; c < 4; c++) {
      shifts[c] = masks[c] == 0 ? 0 : Long.numberOfTrailingZeros(masks[c]);
      widths[c] = Long.bitCount(masks[c]);
      if (masks[c] >>> shifts[c] != (1L << widths[c]) - 1) {
        throw corrupt("its bit masks have gaps");
      }
      tables[c] = scaleTable(Math.min(widths[c], 8));
    }
    for (int row = 0; row < height; row++) {
      long from = offset + row * stride;
      int to = target(row);
      for (int x = 0; x < width; x++, to += 3) {
        long pixel =
            bits == 16 ? in.u16LittleEndian(from + 2L * x) : in.u32LittleEndian(from + 4L * x);
        int alpha = masks[3] == 0 ? 255 : channel(pixel, masks[3], shifts[3], widths[3], tables[3]);
        for (int c = 0; c < 3; c++) {
          int value = channel(pixel, masks[c], shifts[c], widths[c], tables[c]);
          rgb[to + c] = (byte) Flattening.onWhite(value, alpha);
        }
      }
    }
  }

  private static int channel(long pixel, long mask, int shift, int width, byte[] table) {
    long value = (pixel & mask) >>> shift;
    return table[(int) (width > 8 ? value >>> (width - 8) : value)] & 0xFF;
  }

  /** Maps 0..2^width-1 to 0..255, rounded to nearest. */
  private static byte[] scaleTable(int width) {
    int highest = (1 << width) - 1;
    byte[] table = new byte[highest + 1];
    for (int i = 1; i <= highest; i++) {
      table[i] = (byte) ((i * 255 + highest / 2) / highest);
    }
    return table;
  }

  /** Red, green, blue and alpha bit masks; an alpha mask of 0 means opaque. */
  private long[] masks() throws ImageRejectedException {
    if (compression != BIT_FIELDS) {
      return bits == 16
          ? new long[] {0x7C00, 0x03E0, 0x001F, 0}
          : new long[] {0xFF0000, 0xFF00, 0xFF, 0};
    }
    long alpha = headerSize >= 56 ? in.u32LittleEndian(MASKS_OFFSET + 12L) : 0;
    return new long[] {
      in.u32LittleEndian(MASKS_OFFSET),
      in.u32LittleEndian(MASKS_OFFSET + 4L),
      in.u32LittleEndian(MASKS_OFFSET + 8L),
      alpha
    };
  }

  /** Encoders disagree at the end of runs, so whatever is missing stays colour 0. */
  private void decodeRuns() throws ImageRejectedException {
    byte[] colors = palette();
    for (int i = 0; i < rgb.length; i += 3) {
      System.arraycopy(colors, 0, rgb, i, 3);
    }
    byte[] data = Arrays.copyOfRange(in.bytes(), (int) offset, in.length());
    boolean nibbles = compression == RLE4;
    int x = 0;
    int row = 0;
    int i = 0;
    while (i + 1 < data.length && row < height) {
      int count = data[i++] & 0xFF;
      int value = data[i++] & 0xFF;
      if (count > 0) {
        for (int k = 0; k < count; k++) {
          put(x++, row, nibbles ? (k % 2 == 0 ? value >> 4 : value & 15) : value, colors);
        }
      } else if (value == 0) {
        x = 0;
        row++;
      } else if (value == 1) {
        return;
      } else if (value == 2) {
        if (i + 1 >= data.length) {
          return;
        }
        x += data[i++] & 0xFF;
        row += data[i++] & 0xFF;
      } else {
        int bytes = nibbles ? (value + 1) / 2 : value;
        for (int k = 0; k < value && i + (nibbles ? k / 2 : k) < data.length; k++) {
          int b = data[i + (nibbles ? k / 2 : k)] & 0xFF;
          put(x++, row, nibbles ? (k % 2 == 0 ? b >> 4 : b & 15) : b, colors);
        }
        i += bytes + bytes % 2;
      }
    }
  }

  private void put(int x, int row, int index, byte[] colors) {
    if (x < width && row < height) {
      System.arraycopy(colors, index * 3, rgb, target(row) + x * 3, 3);
    }
  }
}
