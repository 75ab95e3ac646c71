// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.files;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.onnx.OnnxWriter;
import io.github.sr4j.shared.util.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The writing of a network and its weights as an ONNX file that says what it is. */
public final class ModelFile {

  private static final String PREFIX = "sr4j.";

  private ModelFile() {}

  /**
   * Writes a file, which is there completely or not at all.
   *
   * @param network its inference graph
   * @param info what the file declares
   * @param weights by name
   * @param metadata entries beside those that {@code info} gives, under the keys of
   *     docs/model-format.md without their prefix
   */
  public static void write(
      Path file,
      NetworkGraph network,
      ModelInfo info,
      Map<String, Tensor> weights,
      Map<String, String> metadata)
      throws IOException {
    byte[] model = bytes(network, info, weights, metadata);
    AtomicFile.writeDurably(file, out -> out.write(model));
  }

  /**
   * Returns the content of the file that {@link #write} writes.
   *
   * @param network its inference graph
   * @param info what the file declares
   * @param weights by name
   * @param metadata entries beside those that {@code info} gives
   */
  public static byte[] bytes(
      NetworkGraph network,
      ModelInfo info,
      Map<String, Tensor> weights,
      Map<String, String> metadata) {
    return OnnxWriter.write(network.graph(), weights, metadata(info, metadata));
  }

  private static SortedMap<String, String> metadata(ModelInfo info, Map<String, String> metadata) {
    SortedMap<String, String> all = new TreeMap<>(metadata);
    all.putAll(info.provenance());
    String version = ModelFile.class.getPackage().getImplementationVersion();
    if (version != null) { // there is none outside of a jar
      all.put("version", version);
    }
    all.put("scale", Integer.toString(info.scale()));
    all.put("color", info.color() == ModelInfo.Color.LUMA ? "luma" : "rgb");
    all.put("range", "1");
    all.put("preupscale", info.isPreupscaled() ? "bicubic" : "none");
    all.put("alignment", Integer.toString(info.alignment()));
    info.halo().ifPresent(halo -> all.put("halo", Integer.toString(halo)));
    SortedMap<String, String> prefixed = new TreeMap<>();
    all.forEach((key, value) -> prefixed.put(PREFIX + key, value));
    return prefixed;
  }
}
