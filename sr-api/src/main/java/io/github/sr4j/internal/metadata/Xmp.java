// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.metadata;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.awt.geom.AffineTransform;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Attr;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/**
 * XMP metadata: properties in RDF, as one packet of XML. Immutable.
 *
 * <p>ISO 16684-1, <i>Extensible metadata platform (XMP), Part 1</i>; in an image file, Part 3.
 */
public final class Xmp {

  private static final String RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
  private static final String TIFF = "http://ns.adobe.com/tiff/1.0/";
  private static final String EXIF = "http://ns.adobe.com/exif/1.0/";
  private static final String XMP = "http://ns.adobe.com/xap/1.0/";
  private static final String PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/";
  private static final String NOTE = "http://ns.adobe.com/xmp/note/";
  private static final String IPTC_CORE = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/";
  private static final String IPTC_EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
  private static final String PANORAMA = "http://ns.google.com/photos/1.0/panorama/";
  private static final String DIMENSIONS = "http://ns.adobe.com/xap/1.0/sType/Dimensions#";
  private static final String REGIONS = "http://www.metadataworkinggroup.com/schemas/regions/";
  private static final String PHOTO = "http://ns.microsoft.com/photo/1.2/";
  private static final String GEO = "http://www.w3.org/2003/01/geo/wgs84_pos#";
  private static final String CAMERA = "http://ns.google.com/photos/1.0/camera/";

  /** The names of what is about other images in the file, which do not come along. */
  private static final Set<String> OTHER_IMAGES =
      Set.of(
          "http://ns.adobe.com/hdr-gain-map/1.0/",
          "http://ns.apple.com/HDRGainMap/1.0/",
          "http://ns.google.com/photos/1.0/container/",
          "http://ns.google.com/photos/1.0/depthmap/",
          "http://ns.google.com/photos/1.0/image/",
          "http://ns.google.com/photos/dd/1.0/device/");

  private static final Set<String> PLACES_BY_IPTC =
      Set.of("Location", "CountryCode", "LocationCreated", "LocationShown");
  private static final Set<String> PLACES_BY_PHOTOSHOP = Set.of("City", "State", "Country");

  // Trees are gone through by recursion. Honest ones are some ten levels deep.
  private static final int MAX_LEVELS = 200;

  private final List<byte[]> packets;

  private Xmp(List<byte[]> packets) {
    this.packets = packets;
  }

  /**
   * Returns the metadata of some packets, of which the second and others extend the first. They are
   * read when they are needed.
   */
  public static Optional<Xmp> of(List<byte[]> packets) {
    return packets.isEmpty() ? Optional.empty() : Optional.of(new Xmp(List.copyOf(packets)));
  }

  /** Returns whether a text is in a packet, such as the name of a set of properties. */
  public boolean mentions(String text) {
    return packets.stream().anyMatch(packet -> new String(packet, ISO_8859_1).contains(text));
  }

  /**
   * Returns the properties as they are true of the image when its pixels have been turned upright;
   * empty if the packet cannot be read.
   */
  public Optional<Xmp> turned(AffineTransform turn) {
    return edited(
        (property, text) -> {
          if (property.is(TIFF, "Orientation")) {
            return "1";
          }
          // Rectangles in the stored image, as around faces.
          return property.isOfRegions() || property.isOfPanorama() ? null : text;
        });
  }

  /**
   * Returns the properties as they are true of an enlarged image; empty if the packet cannot be
   * read.
   */
  public Optional<Xmp> enlarged(double horizontally, double vertically, int width, int height) {
    return edited(
        (property, text) -> {
          if (property.is(TIFF, "ImageWidth") || property.is(EXIF, "PixelXDimension")) {
            return Integer.toString(width);
          }
          if (property.is(TIFF, "ImageLength") || property.is(EXIF, "PixelYDimension")) {
            return Integer.toString(height);
          }
          if (property.is(TIFF, "XResolution") || property.is(EXIF, "FocalPlaneXResolution")) {
            return scaledRational(text, horizontally);
          }
          if (property.is(TIFF, "YResolution") || property.is(EXIF, "FocalPlaneYResolution")) {
            return scaledRational(text, vertically);
          }
          if (property.is(EXIF, "SubjectArea") || property.is(EXIF, "SubjectLocation")) {
            return null; // in pixels, as is EXIF's, which is kept
          }
          if (property.isOfPanorama()) {
            boolean isHorizontal = property.name().matches(".*(Width|Left).*");
            return scaledNumber(text, isHorizontal ? horizontally : vertically);
          }
          if (property.is(DIMENSIONS, "w") || property.is(DIMENSIONS, "h")) {
            return property.isInside("AppliedToDimensions")
                ? scaledNumber(text, property.name().equals("w") ? horizontally : vertically)
                : text;
          }
          return text;
        });
  }

  /** Returns the properties without those of the place; empty if the packet cannot be read. */
  public Optional<Xmp> withoutLocation() {
    return edited((property, text) -> property.isOfPlace() ? null : text);
  }

  /** Returns one packet of all properties, in UTF-8; empty if it cannot be read. */
  public Optional<byte[]> toPacket() {
    return edited((property, text) -> text).map(xmp -> xmp.packets.get(0));
  }

  private static String scaledNumber(String text, double factor) {
    try {
      return Long.toString(Math.round(Double.parseDouble(text.trim()) * factor));
    } catch (NumberFormatException e) {
      return text;
    }
  }

  private static String scaledRational(String text, double factor) {
    try {
      String[] parts = text.trim().split("/", -1);
      double denominator = parts.length > 1 ? Double.parseDouble(parts[1]) : 1;
      double value = Double.parseDouble(parts[0]) / denominator * factor;
      if (!(value > 0 && value < 1e9)) {
        return text;
      }
      return value == Math.rint(value)
          ? (long) value + "/1"
          : Math.round(value * 10_000) + "/10000";
    } catch (NumberFormatException e) {
      return text;
    }
  }

  /** A property: an attribute or an element. */
  private record Property(String space, String name, @Nullable Node parent) {

    static Property of(Node node) {
      String space = node.getNamespaceURI();
      String name = node.getLocalName();
      Node parent =
          node instanceof Attr attribute ? attribute.getOwnerElement() : node.getParentNode();
      return new Property(space == null ? "" : space, name == null ? "" : name, parent);
    }

    boolean is(String space, String name) {
      return this.space.equals(space) && this.name.equals(name);
    }

    boolean isInside(String element) {
      return parent != null
          && (element.equals(parent.getLocalName())
              || (parent.getParentNode() != null
                  && element.equals(parent.getParentNode().getLocalName())));
    }

    boolean isOfPanorama() {
      return space.equals(PANORAMA)
          && (name.endsWith("Pixels") || name.startsWith("LargestValidInteriorRect"));
    }

    boolean isOfRegions() {
      return (space.equals(REGIONS) && name.equals("Regions")) || is(PHOTO, "RegionInfo");
    }

    boolean isOfPlace() {
      String lowerCase = name.toLowerCase(Locale.ROOT);
      return lowerCase.contains("gps")
          || lowerCase.endsWith("latitude")
          || lowerCase.endsWith("longitude")
          || space.equals(GEO)
          || (space.equals(PHOTOSHOP) && PLACES_BY_PHOTOSHOP.contains(name))
          || ((space.equals(IPTC_CORE) || space.equals(IPTC_EXTENSION))
              && PLACES_BY_IPTC.contains(name));
    }

    /** Whether it is about the file that it comes from, and not about the image. */
    boolean isOfFile() {
      return OTHER_IMAGES.stream().anyMatch(space::startsWith)
          || is(XMP, "Thumbnails")
          || is(NOTE, "HasExtendedXMP")
          || (space.equals(CAMERA) && name.matches("Motion.*|MicroVideo.*"));
    }
  }

  /** Returns the properties with other values, of which those that become null are left out. */
  private Optional<Xmp> edited(BiFunction<Property, String, @Nullable String> edit) {
    try {
      Document document = parse(packets.get(0));
      for (byte[] extension : packets.subList(1, packets.size())) {
        merge(parse(extension), document);
      }
      edit(document.getDocumentElement(), edit, 0);
      return Optional.of(new Xmp(List.of(serialised(document))));
    } catch (SAXException | IOException | TransformerException | ParserConfigurationException e) {
      return Optional.empty();
    }
  }

  /** Adds the descriptions of an extension. */
  private static void merge(Document extension, Document document) throws SAXException {
    Node into = document.getElementsByTagNameNS(RDF, "RDF").item(0);
    if (into == null) {
      throw new SAXException("no RDF");
    }
    Node from = extension.getElementsByTagNameNS(RDF, "RDF").item(0);
    if (from != null) {
      for (Node child = from.getFirstChild(); child != null; child = child.getNextSibling()) {
        into.appendChild(document.importNode(child, true));
      }
    }
  }

  private static void edit(
      Element element, BiFunction<Property, String, @Nullable String> edit, int level)
      throws SAXException {
    if (level > MAX_LEVELS) {
      throw new SAXException("too deep");
    }
    NamedNodeMap attributes = element.getAttributes();
    List<Attr> all = new ArrayList<>();
    for (int i = 0; i < attributes.getLength(); i++) {
      if (!XMLConstants.XMLNS_ATTRIBUTE_NS_URI.equals(attributes.item(i).getNamespaceURI())) {
        all.add((Attr) attributes.item(i));
      }
    }
    for (Attr attribute : all) {
      Property property = Property.of(attribute);
      String text = property.isOfFile() ? null : edit.apply(property, attribute.getValue());
      if (text == null) {
        element.removeAttributeNode(attribute);
      } else if (!text.equals(attribute.getValue())) {
        attribute.setValue(text);
      }
    }
    for (Node child = element.getFirstChild(); child != null; ) {
      Node next = child.getNextSibling();
      if (child instanceof Element inner) {
        edit(element, inner, edit, level);
      }
      child = next;
    }
  }

  private static void edit(
      Element parent, Element child, BiFunction<Property, String, @Nullable String> edit, int level)
      throws SAXException {
    Property property = Property.of(child);
    boolean isSimple = true;
    for (Node node = child.getFirstChild(); node != null; node = node.getNextSibling()) {
      isSimple &= !(node instanceof Element);
    }
    String old = isSimple ? child.getTextContent() : "";
    String text = property.isOfFile() ? null : edit.apply(property, old);
    if (text == null) {
      parent.removeChild(child);
    } else if (isSimple && !text.equals(old)) {
      child.setTextContent(text);
    } else {
      edit(child, edit, level + 1);
    }
  }

  private static Document parse(byte[] packet)
      throws SAXException, IOException, ParserConfigurationException {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
    factory.setNamespaceAware(true);
    factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    factory.setFeature("http://apache.org/xml/features/dom/defer-node-expansion", false);
    factory.setAttribute("jdk.xml.maxElementDepth", Integer.toString(MAX_LEVELS));
    DocumentBuilder builder = factory.newDocumentBuilder();
    builder.setErrorHandler(new DefaultHandler()); // the default one prints
    return builder.parse(new ByteArrayInputStream(packet, 0, lengthWithoutPadding(packet)));
  }

  /** Some writers put zeros, or whatever the segment had been before, behind the packet. */
  private static int lengthWithoutPadding(byte[] packet) {
    int length = packet.length;
    while (length > 0 && packet[length - 1] != '>' && !isOfWideText(packet, length)) {
      length--;
    }
    return length;
  }

  /** Whether the text has two or four bytes a character, in which zeros are no padding. */
  private static boolean isOfWideText(byte[] packet, int length) {
    return length > 1 && (packet[0] == 0 || packet[1] == 0 || packet[0] == -1 || packet[0] == -2);
  }

  private static byte[] serialised(Document document) throws TransformerException {
    TransformerFactory factory = TransformerFactory.newDefaultInstance();
    factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    Transformer transformer = factory.newTransformer();
    transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
    transformer.setOutputProperty(OutputKeys.ENCODING, UTF_8.name());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        "<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n".getBytes(UTF_8));
    transformer.transform(new DOMSource(document.getDocumentElement()), new StreamResult(out));
    out.writeBytes("\n<?xpacket end=\"w\"?>".getBytes(UTF_8));
    return out.toByteArray();
  }
}
