package io.semblance.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32;

/**
 * Walks a PNG's chunks (W3C PNG, third edition) and rewrites it with only what the pixels need.
 *
 * <p>Text, profiles, animation and unknown chunks never reach the native decoder: they are where
 * decompression bombs and most past defects live. A palette's transparency is flattened into the
 * palette; a transparent gray or colour is left for {@link #colorKey()}.
 *
 * @param header size and orientation
 * @param bitDepth 1, 2, 4, 8 or 16 bits a sample
 * @param colorType 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha
 * @param colorKey the transparent gray (one sample) or colour (three), empty if there is none
 * @param essential the rewritten file
 */
record PngFile(ImageHeader header, int bitDepth, int colorType, int[] colorKey, byte[] essential) {
  static final int GRAY = 0;
  static final int RGB = 2;
  static final int PALETTE = 3;
  static final int GRAY_ALPHA = 4;
  static final int RGB_ALPHA = 6;

  private static final int SIGNATURE_BYTES = 8;
  private static final int CHUNK_OVERHEAD_BYTES = 12;
  private static final int IHDR_BYTES = 13;
  private static final int MAX_PALETTE_BYTES = 256 * 3;

  /** Returns whether flattening needs more than three 8-bit channels from the decoder. */
  boolean needsAlphaOrDepth() {
    return colorType == GRAY_ALPHA
        || colorType == RGB_ALPHA
        || bitDepth == 16
        || colorKey.length > 0;
  }

  static PngFile parse(ByteReader in, ImageLimits limits) throws ImageRejectedException {
    return new Parser(in, limits).parse();
  }

  private static ImageRejectedException corrupt(String cause) {
    return ImageHeader.corrupt(ImageFormat.PNG, cause);
  }

  private static final class Parser {
    private final ByteReader in;
    private final ImageLimits limits;
    private final byte[] out;
    private int outLength;
    private long width;
    private long height;
    private int bitDepth;
    private int colorType = -1;
    private int orientation = ExifOrientation.UPRIGHT;
    private byte[] palette = {};
    private byte[] transparency = {};
    private long pixelBytes;

    Parser(ByteReader in, ImageLimits limits) {
      this.in = in;
      this.limits = limits;
      this.out = new byte[in.length() + MAX_PALETTE_BYTES + CHUNK_OVERHEAD_BYTES];
    }

    PngFile parse() throws ImageRejectedException {
      copy(0, SIGNATURE_BYTES);
      long position = SIGNATURE_BYTES;
      while (true) {
        long length = in.u32BigEndian(position);
        String type = in.tag(position + 4);
        long next = position + CHUNK_OVERHEAD_BYTES + length;
        if (next > in.length()) {
          throw corrupt("chunk " + printable(type) + " goes beyond the end, so the file is cut");
        }
        if (colorType < 0 && !type.equals("IHDR")) {
          throw corrupt("it does not start with an IHDR chunk");
        }
        if (type.equals("IEND")) {
          copy((int) position, (int) (next - position));
          break;
        }
        readChunk(type, (int) position, (int) length);
        position = next;
      }
      if (pixelBytes == 0) {
        throw corrupt("it has no pixel data");
      }
      ImageHeader header = ImageHeader.of(ImageFormat.PNG, width, height, orientation, limits);
      return new PngFile(header, bitDepth, colorType, colorKey(), Arrays.copyOf(out, outLength));
    }

    private void readChunk(String type, int position, int length) throws ImageRejectedException {
      int data = position + 8;
      switch (type) {
        case "IHDR" -> {
          checkSum(type, position, length);
          readHeader(data, length);
          copy(position, length + CHUNK_OVERHEAD_BYTES);
        }
        case "PLTE" -> {
          checkSum(type, position, length);
          if (length % 3 != 0 || length == 0 || length > MAX_PALETTE_BYTES) {
            throw corrupt("its palette has " + length + " bytes");
          }
          palette = Arrays.copyOfRange(in.bytes(), data, data + length);
        }
        case "tRNS" -> transparency = Arrays.copyOfRange(in.bytes(), data, data + length);
        case "eXIf" -> orientation = ExifOrientation.read(in, data, (long) data + length);
        case "IDAT" -> {
          checkSum(type, position, length);
          if (pixelBytes == 0 && colorType == PALETTE) {
            writePalette();
          }
          pixelBytes += length;
          copy(position, length + CHUNK_OVERHEAD_BYTES);
        }
        default -> {
          // Not needed for the pixels.
        }
      }
    }

    private void readHeader(int data, int length) throws ImageRejectedException {
      if (length != IHDR_BYTES || colorType >= 0) {
        throw corrupt("its IHDR chunk is malformed");
      }
      width = in.u32BigEndian(data);
      height = in.u32BigEndian(data + 4L);
      bitDepth = in.u8(data + 8L);
      colorType = in.u8(data + 9L);
      boolean valid =
          switch (colorType) {
            case GRAY ->
                bitDepth == 1 || bitDepth == 2 || bitDepth == 4 || bitDepth == 8 || bitDepth == 16;
            case PALETTE -> bitDepth == 1 || bitDepth == 2 || bitDepth == 4 || bitDepth == 8;
            case RGB, GRAY_ALPHA, RGB_ALPHA -> bitDepth == 8 || bitDepth == 16;
            default -> false;
          };
      if (!valid) {
        throw corrupt("colour type " + colorType + " with " + bitDepth + " bits does not exist");
      }
      // Here already, so that a bomb is refused for its size and not for what follows.
      ImageHeader.of(ImageFormat.PNG, width, height, ExifOrientation.UPRIGHT, limits);
    }

    /** A damaged file may have anything in place of a type's four letters. */
    private static String printable(String type) {
      if (type.matches("[A-Za-z]{4}")) {
        return type;
      }
      return HexFormat.ofDelimiter(" ")
          .withPrefix("0x")
          .formatHex(type.getBytes(StandardCharsets.ISO_8859_1));
    }

    private void checkSum(String type, int position, int length) throws ImageRejectedException {
      CRC32 crc = new CRC32();
      crc.update(in.bytes(), position + 4, length + 4);
      if (crc.getValue() != in.u32BigEndian(position + 8L + length)) {
        throw corrupt("the checksum of chunk " + printable(type) + " is wrong");
      }
    }

    /** Flattens the palette's alpha on white: the decoder then needs none. */
    private void writePalette() throws ImageRejectedException {
      if (palette.length == 0) {
        throw corrupt("it has palette colours but no palette");
      }
      for (int i = 0; i < Math.min(transparency.length, palette.length / 3); i++) {
        int alpha = transparency[i] & 0xFF;
        for (int c = i * 3; c < i * 3 + 3; c++) {
          palette[c] = (byte) Flattening.onWhite(palette[c] & 0xFF, alpha);
        }
      }
      int start = outLength;
      putInt(palette.length);
      for (char c : "PLTE".toCharArray()) {
        out[outLength++] = (byte) c;
      }
      System.arraycopy(palette, 0, out, outLength, palette.length);
      outLength += palette.length;
      CRC32 crc = new CRC32();
      crc.update(out, start + 4, palette.length + 4);
      putInt((int) crc.getValue());
    }

    private void putInt(int value) {
      for (int shift = 24; shift >= 0; shift -= 8) {
        out[outLength++] = (byte) (value >>> shift);
      }
    }

    private void copy(int position, int length) {
      System.arraycopy(in.bytes(), position, out, outLength, length);
      outLength += length;
    }

    private int[] colorKey() {
      int samples = colorType == GRAY ? 1 : colorType == RGB ? 3 : 0;
      if (samples == 0 || transparency.length < samples * 2) {
        return new int[0];
      }
      int[] key = new int[samples];
      int highest = (1 << bitDepth) - 1;
      for (int i = 0; i < samples; i++) {
        int value = (transparency[2 * i] & 0xFF) << 8 | (transparency[2 * i + 1] & 0xFF);
        // The decoder expands fewer than eight bits to 0..255.
        key[i] = bitDepth < 8 ? (value & highest) * 255 / highest : value & highest;
      }
      return key;
    }
  }
}
