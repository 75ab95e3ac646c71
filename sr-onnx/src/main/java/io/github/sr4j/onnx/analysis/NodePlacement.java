// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.analysis;

import com.google.common.collect.TreeMultimap;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The processor that each node of a graph ran on, from a profile that ONNX Runtime wrote. */
public final class NodePlacement {

  private static final Pattern OPERATOR = field("op_name");
  private static final Pattern PROVIDER = field("provider");
  private static final Pattern NODE = field("node_index");
  private static final String CPU = "CPUExecutionProvider";

  private NodePlacement() {}

  private static Pattern field(String name) {
    return Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]*)\"");
  }

  /**
   * Returns the operators that ran on the CPU, by name, with the number of their nodes where there
   * are several: {@code Resize (2)}.
   *
   * @param profile lines of JSON, one for each run of a node
   */
  public static List<String> onCpu(List<String> profile) {
    TreeMultimap<String, String> nodes = TreeMultimap.create(); // by operator
    for (String line : profile) {
      Matcher operator = OPERATOR.matcher(line);
      Matcher provider = PROVIDER.matcher(line);
      Matcher node = NODE.matcher(line);
      if (operator.find() && provider.find() && provider.group(1).equals(CPU) && node.find()) {
        nodes.put(operator.group(1), node.group(1));
      }
    }
    return nodes.keySet().stream()
        .map(
            name -> name + (nodes.get(name).size() == 1 ? "" : " (" + nodes.get(name).size() + ")"))
        .toList();
  }
}
