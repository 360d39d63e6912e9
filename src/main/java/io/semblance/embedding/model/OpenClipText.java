package io.semblance.embedding.model;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What open_clip does to a text before it is tokenized, with the library ftfy and Python's {@code
 * html.unescape}: entities become characters, quotes straight, ligatures and full-width forms
 * letters, and UTF-8 that was once read as Windows-1252 is read again. Of the entities with names
 * those of HTML 4's Latin-1 set and the usual punctuation are known. Stateless.
 */
final class OpenClipText {
  private static final Charset WINDOWS = Charset.forName("windows-1252");
  private static final Pattern ENTITY =
      Pattern.compile("&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,7});");

  /** Letters that UTF-8's leading bytes become in Windows-1252, before one of its other bytes. */
  private static final Pattern TWICE_DECODED =
      Pattern.compile("[\u00C2-\u00F4][\u0080-\u00BF\u0152-\u0192\u02C6-\u02DC\u2013-\u2122]");

  private static final Pattern WIDE = Pattern.compile("[\uFF01-\uFFEF\u3000]+");
  private static final Pattern SPACES = Pattern.compile("\\s+");

  /** The names of U+00A0 to U+00FF, in their order. */
  private static final String[] LATIN =
      ("nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn"
              + " sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34"
              + " iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml"
              + " Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash"
              + " Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring"
              + " aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve"
              + " oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml")
          .split(" ");

  private static final Map<String, String> NAMED =
      Map.ofEntries(
          Map.entry("amp", "&"),
          Map.entry("lt", "<"),
          Map.entry("gt", ">"),
          Map.entry("quot", "\""),
          Map.entry("apos", "'"),
          Map.entry("ndash", "\u2013"),
          Map.entry("mdash", "\u2014"),
          Map.entry("lsquo", "\u2018"),
          Map.entry("rsquo", "\u2019"),
          Map.entry("ldquo", "\u201C"),
          Map.entry("rdquo", "\u201D"),
          Map.entry("bull", "\u2022"),
          Map.entry("hellip", "\u2026"),
          Map.entry("euro", "\u20AC"),
          Map.entry("trade", "\u2122"));

  /** Ligatures and digraphs, as ftfy spells them out. */
  private static final Map<String, String> LIGATURES =
      Map.ofEntries(
          Map.entry("\u0132", "IJ"),
          Map.entry("\u0133", "ij"),
          Map.entry("\u0149", "\u02BCn"),
          Map.entry("\u01C4", "D\u017D"),
          Map.entry("\u01C5", "D\u017E"),
          Map.entry("\u01C6", "d\u017E"),
          Map.entry("\u01C7", "LJ"),
          Map.entry("\u01C8", "Lj"),
          Map.entry("\u01C9", "lj"),
          Map.entry("\u01CA", "NJ"),
          Map.entry("\u01CB", "Nj"),
          Map.entry("\u01CC", "nj"),
          Map.entry("\u01F1", "DZ"),
          Map.entry("\u01F2", "Dz"),
          Map.entry("\u01F3", "dz"),
          Map.entry("\uFB00", "ff"),
          Map.entry("\uFB01", "fi"),
          Map.entry("\uFB02", "fl"),
          Map.entry("\uFB03", "ffi"),
          Map.entry("\uFB04", "ffl"),
          Map.entry("\uFB05", "\u017Ft"),
          Map.entry("\uFB06", "st"));

  private OpenClipText() {}

  static String clean(String text) {
    String cleaned = unescape(text);
    cleaned = decodedOnce(cleaned);
    for (Map.Entry<String, String> one : LIGATURES.entrySet()) {
      cleaned = cleaned.replace(one.getKey(), one.getValue());
    }
    cleaned =
        WIDE.matcher(cleaned)
            .replaceAll(match ->
                Matcher.quoteReplacement(
                    Normalizer.normalize(match.group(), Normalizer.Form.NFKC)));
    cleaned = cleaned.replaceAll("[\u02BC\u2018-\u201B]", "'").replaceAll("[\u201C-\u201F]", "\"");
    cleaned = Normalizer.normalize(cleaned, Normalizer.Form.NFC);
    return SPACES.matcher(unescape(unescape(cleaned))).replaceAll(" ").strip();
  }

  private static String unescape(String text) {
    return ENTITY
        .matcher(text)
        .replaceAll(match -> Matcher.quoteReplacement(character(match.group(), match.group(1))));
  }

  private static String character(String whole, String name) {
    if (name.startsWith("#")) {
      boolean hexadecimal = name.charAt(1) == 'x' || name.charAt(1) == 'X';
      int point =
          hexadecimal
              ? Integer.parseInt(name.substring(2), 16)
              : Integer.parseInt(name.substring(1));
      return Character.isValidCodePoint(point) && !Character.isISOControl(point)
          ? Character.toString(point)
          : whole;
    }
    for (int i = 0; i < LATIN.length; i++) {
      if (LATIN[i].equals(name)) {
        return Character.toString(0xA0 + i);
      }
    }
    return NAMED.getOrDefault(name, whole);
  }

  /** Text that is UTF-8 read as Windows-1252 is read as what it is. */
  private static String decodedOnce(String text) {
    if (!TWICE_DECODED.matcher(text).find()) {
      return text;
    }
    try {
      ByteBuffer bytes = WINDOWS.newEncoder().encode(CharBuffer.wrap(text));
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      return text;
    }
  }
}
