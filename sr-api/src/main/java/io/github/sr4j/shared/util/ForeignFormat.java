// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A well-known format of files that are given as images and cannot be read, with the advice for
 * whoever has such a file. Recognised by its content or, without opening it, by its extension.
 */
public final class ForeignFormat {

  private static final String CONVERT = "convert it to PNG, TIFF or JPEG first";
  private static final String EXPORT = "export it as PNG or TIFF";
  private static final String FLOATS = "convert it to TIFF first";

  /** The number of bytes at the beginning of a file by which its format is recognised. */
  public static final int START = 512;

  private static final ImmutableList<ForeignFormat> ALL =
      ImmutableList.of(
          new ForeignFormat( // before HEIC, whose general brand a file may have that is AVIF by a
              // further one
              "an AVIF image",
              CONVERT,
              "avif avifs",
              start -> start.startsWith("ftyp", 4) && start.matches("(?s).{8,60}avi[fs].*")),
          new ForeignFormat(
              "a HEIC image",
              CONVERT,
              "heic heif heics heifs hif",
              isMedia(
                  "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1")),
          new ForeignFormat(
              "a JPEG XL image", CONVERT, "jxl", begins("\u00ff\n").or(begins("\0\0\0\fJXL "))),
          new ForeignFormat(
              "a JPEG 2000 image",
              CONVERT,
              "jp2 j2k j2c jpc jpf jpx jpm jph jhc",
              begins("\0\0\0\fjP  ").or(begins("\u00ffO\u00ffQ"))),
          new ForeignFormat("a JPEG XR image", CONVERT, "jxr wdp hdp", begins("II\u00bc")),
          new ForeignFormat("a JPEG-LS image", CONVERT, "jls", begins("\u00ff\u00d8\u00ff\u00f7")),
          new ForeignFormat(
              "a camera raw file",
              "develop it with a raw converter, and save it as TIFF or PNG",
              "dng nef nrw cr2 cr3 crw arw sr2 srf raf orf rw2 rwl pef srw raw 3fr fff iiq dcr kdc"
                  + " k25 mrw x3f erf mef mos gpr ari braw",
              start -> false), // its bytes were seen by CameraRaw, which knows the makers
          new ForeignFormat(
              "a PDF document", "export its page or images as PNG or TIFF", "pdf", begins("%PDF")),
          new ForeignFormat(
              "a PostScript document",
              EXPORT,
              "ps eps epsf epsi ai",
              begins("%!").or(begins("\u00c5\u00d0\u00d3\u00c6"))),
          new ForeignFormat(
              "an SVG drawing",
              "it has no pixels and needs no enlargement: export it at the size you want",
              "svg svgz",
              textBegins("<svg")
                  .or(start -> textBegins("<?xml").test(start) && start.contains("<svg"))),
          new ForeignFormat(
              "a web page, such as an error page saved under an image's name",
              "download the image again",
              "html htm xhtml mht",
              textBegins("<!doctype html")
                  .or(textBegins("<html"))
                  .or(textBegins("<head"))
                  .or(textBegins("<body"))),
          new ForeignFormat(
              "an XML document",
              "download or export the image again",
              "xml xmp",
              textBegins("<?xml")),
          new ForeignFormat(
              "a JSON text, such as an error message saved under an image's name",
              "download the image again",
              "json",
              textBegins("{")),
          new ForeignFormat(
              "a pointer of Git LFS instead of the image",
              "fetch the images with git lfs pull",
              "",
              begins("version https://git-lfs.github.com/spec/")),
          new ForeignFormat(
              "a video",
              "extract its frames as PNG, as FFmpeg does",
              "mp4 m4v mov qt avi mkv webm mpg mpeg m2v mts m2ts wmv asf flv 3gp 3g2 ogv vob mxf"
                  + " y4m",
              isMedia("")
                  .or(start -> start.startsWith("moov", 4) || start.startsWith("mdat", 4))
                  .or(start -> start.startsWith("RIFF") && start.startsWith("AVI ", 8))
                  .or(begins("\u001aE\u00df\u00a3"))
                  .or(begins("0&\u00b2u\u008ef\u00cf\u0011"))
                  .or(begins("FLV\1"))
                  .or(begins("OggS"))
                  .or(begins("\0\0\1\u00ba"))
                  .or(begins("\0\0\1\u00b3"))
                  .or(begins("YUV4MPEG2"))),
          new ForeignFormat(
              "a sound file",
              "choose an image",
              "mp3 wav flac ogg m4a aac opus",
              begins("ID3")
                  .or(begins("fLaC"))
                  .or(start -> start.startsWith("RIFF") && start.startsWith("WAVE", 8))),
          new ForeignFormat("an OpenEXR image", FLOATS, "exr", begins("v/1\1")),
          new ForeignFormat(
              "a Radiance HDR image",
              FLOATS,
              "hdr rgbe",
              begins("#?RADIANCE").or(begins("#?RGBE"))),
          new ForeignFormat("a DDS texture", CONVERT, "dds", begins("DDS ")),
          new ForeignFormat("a KTX texture", CONVERT, "ktx ktx2", begins("\u00abKTX ")),
          new ForeignFormat("a Targa image", CONVERT, "tga icb vda vst", start -> false),
          new ForeignFormat(
              "an icon or cursor", CONVERT, "ico cur", begins("\0\0\1\0").or(begins("\0\0\2\0"))),
          new ForeignFormat("an Apple icon", CONVERT, "icns", begins("icns")),
          new ForeignFormat(
              "a PNM image",
              CONVERT,
              "pbm pgm ppm pnm pam pfm",
              start -> start.matches("(?s)P[1-7Ff]\\s.*")),
          new ForeignFormat(
              "a PCX image",
              CONVERT,
              "pcx dcx",
              start -> start.matches("(?s)\n[\0-\5][\0\1][\1-\b].*")),
          new ForeignFormat("a QOI image", CONVERT, "qoi", begins("qoif")),
          new ForeignFormat("a FLIF image", CONVERT, "flif", begins("FLIF")),
          new ForeignFormat("a BPG image", CONVERT, "bpg", begins("BPG\u00fb")),
          new ForeignFormat(
              "an MNG or JNG image",
              CONVERT,
              "mng jng",
              begins("\u008aMNG").or(begins("\u008bJNG"))),
          new ForeignFormat("a DjVu document", EXPORT, "djvu djv", begins("AT&TFORM")),
          new ForeignFormat("a GIMP project", EXPORT, "xcf", begins("gimp xcf")),
          new ForeignFormat("a PSB document of Photoshop", EXPORT, "psb", begins("8BPS\0\2")),
          new ForeignFormat(
              "a project of a paint program",
              EXPORT,
              "kra ora clip sai afphoto afdesign pdn",
              start -> false),
          new ForeignFormat(
              "a Windows metafile",
              EXPORT,
              "wmf emf",
              begins("\u00d7\u00cd\u00c6\u009a").or(start -> start.startsWith(" EMF", 40))),
          new ForeignFormat(
              "a DICOM image", FLOATS, "dcm dicom", start -> start.startsWith("DICM", 128)),
          new ForeignFormat("a FITS image", FLOATS, "fits fit fts", begins("SIMPLE  =")),
          new ForeignFormat(
              "an HDF5 file",
              FLOATS,
              "h5 hdf5 hdf nc",
              begins("\u0089HDF\r\n").or(begins("CDF\1"))),
          new ForeignFormat("a NumPy array", FLOATS, "npy npz", begins("\u0093NUMPY")),
          new ForeignFormat(
              "an archive",
              "unpack it first",
              "zip 7z rar gz tgz tar bz2 xz zst cbz cbr",
              begins("PK\3\4")
                  .or(begins("\u001f\u008b"))
                  .or(begins("7z\u00bc\u00af"))
                  .or(begins("Rar!"))
                  .or(begins("BZh"))
                  .or(begins("\u00fd7zXZ"))
                  .or(begins("(\u00b5/\u00fd"))
                  .or(start -> start.startsWith("ustar", 257))),
          new ForeignFormat(
              "an office document",
              EXPORT,
              "doc docx ppt pptx xls xlsx odt odp ods",
              begins("\u00d0\u00cf\u0011\u00e0")),
          new ForeignFormat(
              "a file of macOS with the attributes of an image, not the image",
              "take the file of the same name without ._ in front",
              "",
              begins("\0\5\26\7")),
          new ForeignFormat(
              "nothing but zeros, as an interrupted copy leaves it",
              "copy it again",
              "",
              start -> !start.isEmpty() && start.chars().allMatch(c -> c == 0)));

  private final String title;
  private final String advice;
  private final ImmutableSet<String> extensions;
  private final Predicate<String> test;

  private ForeignFormat(String title, String advice, String extensions, Predicate<String> test) {
    this.title = title;
    this.advice = advice;
    this.extensions = ImmutableSet.copyOf(extensions.split(" "));
    this.test = test;
  }

  private static Predicate<String> begins(String bytes) {
    return start -> start.startsWith(bytes);
  }

  private static Predicate<String> textBegins(String text) {
    return start -> {
      String plain = start.startsWith("\u00ef\u00bb\u00bf") ? start.substring(3) : start;
      return plain.stripLeading().toLowerCase(Locale.ROOT).startsWith(text);
    };
  }

  /** Whether it is a file of ISO 14496-12 of one of the brands; of any, if it is the empty one. */
  private static Predicate<String> isMedia(String... brands) {
    return start ->
        start.startsWith("ftyp", 4)
            && Arrays.stream(brands).anyMatch(brand -> start.startsWith(brand, 8));
  }

  /**
   * Returns the format of a content.
   *
   * @param start the first bytes of a file, up to {@link #START}
   */
  public static Optional<ForeignFormat> of(byte[] start) {
    String text = new String(start, ISO_8859_1);
    return ALL.stream().filter(format -> format.test.test(text)).findFirst();
  }

  /** Returns the format of a file by its name. */
  public static Optional<ForeignFormat> of(Path file) {
    String extension = FileNames.extension(file);
    return extension.isEmpty()
        ? Optional.empty()
        : ALL.stream().filter(format -> format.extensions.contains(extension)).findFirst();
  }

  /** Returns the name of the format with its article, such as {@code "a HEIC image"}. */
  public String title() {
    return title;
  }

  /** Returns the advice for whoever has such a file. */
  public String advice() {
    return advice;
  }
}
