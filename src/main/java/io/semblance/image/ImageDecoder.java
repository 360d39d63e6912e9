package io.semblance.image;

import io.semblance.image.ImageRejectedException.Reason;

/**
 * From encoded bytes to upright RGB pixels, behind a gate: bytes, format, pixels and scans are
 * checked from the header, in Java, before a decoder runs.
 *
 * <p>Transparency is flattened on white; gray is replicated; 16-bit samples keep their high byte,
 * as libpng and Pillow do; CMYK is converted without a profile; embedded colour profiles are
 * ignored, as the models' reference pipelines ignore them. Of animations and multi-page files the
 * first picture counts.
 *
 * <p>Immutable; callable from many threads.
 */
public final class ImageDecoder {
  private final ImageLimits limits;
  private final boolean applyOrientation;

  /**
   * @param applyOrientation whether the EXIF or TIFF orientation turns the picture upright
   */
  public ImageDecoder(ImageLimits limits, boolean applyOrientation) {
    this.limits = limits;
    this.applyOrientation = applyOrientation;
  }

  /**
   * Decodes one image.
   *
   * @throws ImageRejectedException if this image cannot or may not be decoded
   */
  public DecodedImage decode(byte[] bytes) throws ImageRejectedException {
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
              + " are taken. Upload a smaller version or raise the byte limit.");
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
      case JPEG -> decodeJpeg(in);
      case PNG -> decodePng(PngFile.parse(in, limits));
      case WEBP -> decodeWebp(in);
      case GIF -> GifDecoder.decode(in, limits);
      case BMP -> decodeBmp(in);
      case TIFF -> decodeTiff(in);
    };
  }

  private DecodedImage decodeJpeg(ByteReader in) throws ImageRejectedException {
    ImageHeader header = JpegHeader.parse(in, limits);
    return upright(SampleConversion.toRgb(OpenCvCodec.decodeRgb(in.bytes(), header)), header);
  }

  private DecodedImage decodePng(PngFile png) throws ImageRejectedException {
    ImageHeader header = png.header();
    DecodedImage image =
        png.needsAlphaOrDepth()
            ? SampleConversion.bgrToRgb(
                OpenCvCodec.decodeUnchanged(png.essential(), header), png.colorKey())
            : SampleConversion.toRgb(OpenCvCodec.decodeRgb(png.essential(), header));
    return upright(image, header);
  }

  private DecodedImage decodeWebp(ByteReader in) throws ImageRejectedException {
    WebpHeader webp = WebpHeader.parse(in, limits);
    ImageHeader header = webp.header();
    DecodedImage image =
        webp.alpha()
            ? SampleConversion.bgrToRgb(OpenCvCodec.decodeUnchanged(in.bytes(), header), new int[0])
            : SampleConversion.toRgb(OpenCvCodec.decodeRgb(in.bytes(), header));
    return upright(image, header);
  }

  private DecodedImage decodeBmp(ByteReader in) throws ImageRejectedException {
    return BmpDecoder.decode(in, limits);
  }

  private DecodedImage decodeTiff(ByteReader in) throws ImageRejectedException {
    TiffHeader tiff = TiffHeader.parse(in, limits);
    ImageHeader header = tiff.header();
    byte[] bytes = tiff.withoutOrientation(in.bytes());
    if (!tiff.alpha()) {
      return upright(SampleConversion.toRgb(OpenCvCodec.decodeRgb(bytes, header)), header);
    }
    OpenCvCodec.Samples samples = OpenCvCodec.decodeUnchanged(bytes, header);
    // libtiff's 8-bit path multiplies colours by alpha itself; deeper samples come as stored.
    DecodedImage image =
        tiff.associatedAlpha() || !samples.deep()
            ? SampleConversion.premultipliedBgrToRgb(samples)
            : SampleConversion.bgrToRgb(samples, new int[0]);
    return upright(image, header);
  }

  private DecodedImage upright(DecodedImage image, ImageHeader header) {
    return applyOrientation ? ExifOrientation.apply(image, header.orientation()) : image;
  }
}
