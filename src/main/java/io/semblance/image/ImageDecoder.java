package io.semblance.image;

import io.semblance.image.ImageRejectedException.Reason;

/**
 * From encoded bytes to upright RGB pixels, behind a gate: bytes, format, pixels and scans are
 * checked from the header, in Java, before a decoder runs.
 *
 * <p>Transparency is flattened on white or dropped; gray is replicated; 16-bit samples keep their
 * high byte, as libpng and Pillow do; CMYK is converted without a profile; embedded colour profiles
 * are ignored, as the models' reference pipelines ignore them. Of animations and multi-page files
 * the first picture counts.
 *
 * <p>Callable from many threads, which share the room for decoded pixels: from the header's pixels
 * it is known what a picture will take, and its thread waits for that before it decodes.
 */
public final class ImageDecoder {
  /** A decoder's R, G, B outside the heap, their copy, and an upright copy of that. */
  private static final int BYTES_PER_OPAQUE_PIXEL = 3 + 3 + 3;

  /** Four samples of 16 bits outside the heap, their copy, R, G, B, and an upright copy. */
  private static final int BYTES_PER_DEEP_PIXEL = 8 + 8 + 3 + 3;

  /** C, M, Y, K of the decoder, R, G, B, and an upright copy. */
  private static final int BYTES_PER_CMYK_PIXEL = 4 + 3 + 3;

  /** R, G, B alone, of the decoders that are written in Java. */
  private static final int BYTES_PER_CANVAS_PIXEL = 3;

  private final ImageLimits limits;
  private final DecodingRoom room;
  private final boolean applyOrientation;
  private final Transparency transparency;

  /**
   * A decoder that flattens transparency on white.
   *
   * @param applyOrientation whether the EXIF or TIFF orientation turns the picture upright
   */
  public ImageDecoder(ImageLimits limits, boolean applyOrientation) {
    this(limits, applyOrientation, Transparency.FLATTENED);
  }

  /**
   * @param applyOrientation whether the EXIF or TIFF orientation turns the picture upright
   * @param transparency what becomes of alpha in PNG, WebP and TIFF; GIF and BMP are flattened
   */
  public ImageDecoder(ImageLimits limits, boolean applyOrientation, Transparency transparency) {
    this.limits = limits;
    room = new DecodingRoom(limits.decodingBytesMax());
    this.applyOrientation = applyOrientation;
    this.transparency = transparency;
  }

  /** What is made of a picture while its pixels have room. */
  @FunctionalInterface
  public interface Use<T> {
    /** Makes it; {@code image} is not to be kept. */
    T of(DecodedImage image) throws ImageRejectedException;
  }

  /**
   * Decodes one image and keeps its room until {@code use} has returned.
   *
   * @throws ImageRejectedException if this image cannot or may not be decoded
   */
  public <T> T decode(byte[] bytes, Use<T> use) throws ImageRejectedException {
    try (DecodingRoom.Place place = room.place()) {
      return use.of(decode(bytes, place));
    }
  }

  /**
   * Decodes one image, which the caller keeps at its own expense.
   *
   * @throws ImageRejectedException if this image cannot or may not be decoded
   */
  public DecodedImage decode(byte[] bytes) throws ImageRejectedException {
    return decode(bytes, image -> image);
  }

  private DecodedImage decode(byte[] bytes, DecodingRoom.Place place)
      throws ImageRejectedException {
    if (bytes.length == 0) {
      throw new ImageRejectedException(
          Reason.EMPTY, "The image has no bytes. Send the file's content.");
    }
    if (bytes.length > limits.bytesMax()) {
      throw new ImageRejectedException(
          Reason.TOO_MANY_BYTES,
          "The image has "
              + bytes.length
              + " bytes; at most "
              + limits.bytesMax()
              + " are taken. Upload a smaller version or raise semblance.image.bytes-max.");
    }
    ImageFormat format =
        ImageFormat.sniff(bytes)
            .orElseThrow(() ->
                new ImageRejectedException(
                    Reason.UNSUPPORTED_FORMAT,
                    "The bytes are not of a format that is decoded. Upload JPEG, PNG, WebP,"
                        + " GIF, BMP or TIFF."));
    ByteReader in = new ByteReader(bytes);
    return switch (format) {
      case JPEG -> decodeJpeg(in, place);
      case PNG -> decodePng(PngFile.parse(in, limits), place);
      case WEBP -> decodeWebp(in, place);
      case GIF ->
          GifDecoder.decode(in, limits, header -> place.take(header, BYTES_PER_CANVAS_PIXEL));
      case BMP ->
          BmpDecoder.decode(in, limits, header -> place.take(header, BYTES_PER_CANVAS_PIXEL));
      case TIFF -> decodeTiff(in, place);
    };
  }

  private DecodedImage decodeJpeg(ByteReader in, DecodingRoom.Place place)
      throws ImageRejectedException {
    ImageHeader header = JpegHeader.parse(in, limits);
    boolean cmyk = CmykJpeg.is(in);
    place.take(header, cmyk ? BYTES_PER_CMYK_PIXEL : BYTES_PER_OPAQUE_PIXEL);
    DecodedImage inks = cmyk ? CmykJpeg.decode(in, header) : null;
    if (inks != null) {
      return upright(inks, header);
    }
    return upright(SampleConversion.toRgb(OpenCvCodec.decodeRgb(in.bytes(), header)), header);
  }

  private DecodedImage decodePng(PngFile png, DecodingRoom.Place place)
      throws ImageRejectedException {
    ImageHeader header = png.header();
    place.take(header, bytesPerPixel(png.needsAlphaOrDepth()));
    DecodedImage image =
        png.needsAlphaOrDepth()
            ? SampleConversion.bgrToRgb(
                OpenCvCodec.decodeUnchanged(png.essential(), header), png.colorKey(), transparency)
            : SampleConversion.toRgb(OpenCvCodec.decodeRgb(png.essential(), header));
    return upright(image, header);
  }

  private DecodedImage decodeWebp(ByteReader in, DecodingRoom.Place place)
      throws ImageRejectedException {
    WebpHeader webp = WebpHeader.parse(in, limits);
    ImageHeader header = webp.header();
    place.take(header, bytesPerPixel(webp.alpha()));
    DecodedImage image =
        webp.alpha()
            ? SampleConversion.bgrToRgb(
                OpenCvCodec.decodeUnchanged(in.bytes(), header), new int[0], transparency)
            : SampleConversion.toRgb(OpenCvCodec.decodeRgb(in.bytes(), header));
    return upright(image, header);
  }

  private DecodedImage decodeTiff(ByteReader in, DecodingRoom.Place place)
      throws ImageRejectedException {
    TiffHeader tiff = TiffHeader.parse(in, limits);
    ImageHeader header = tiff.header();
    place.take(header, bytesPerPixel(tiff.alpha()));
    byte[] bytes = tiff.withoutOrientation(in.bytes());
    if (!tiff.alpha()) {
      return upright(SampleConversion.toRgb(OpenCvCodec.decodeRgb(bytes, header)), header);
    }
    OpenCvCodec.Samples samples = OpenCvCodec.decodeUnchanged(bytes, header);
    // libtiff's 8-bit path multiplies colours by alpha itself; deeper samples come as stored.
    DecodedImage image =
        tiff.associatedAlpha() || !samples.deep()
            ? SampleConversion.premultipliedBgrToRgb(samples)
            : SampleConversion.bgrToRgb(samples, new int[0], transparency);
    return upright(image, header);
  }

  private static int bytesPerPixel(boolean alphaOrDepth) {
    return alphaOrDepth ? BYTES_PER_DEEP_PIXEL : BYTES_PER_OPAQUE_PIXEL;
  }

  private DecodedImage upright(DecodedImage image, ImageHeader header) {
    return applyOrientation ? ExifOrientation.apply(image, header.orientation()) : image;
  }
}
