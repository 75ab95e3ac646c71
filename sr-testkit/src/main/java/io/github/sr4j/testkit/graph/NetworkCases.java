// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Blocks;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.zoo.Networks;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The built-in networks, small, as they are trained and as they are run. */
final class NetworkCases {

  /**
   * A network and the size of the images that it is given.
   *
   * @param text without the scale, as users write it
   */
  record Sized(String text, int scale, int height, int width) {}

  /** The networks; a test compares them with the names of {@link Networks}. */
  static final List<Sized> NETWORKS =
      List.of(
          new Sized("compact(features=4, layers=1)", 2, 7, 5),
          new Sized("compact(features=3, layers=2, expansion=2)", 3, 7, 5),
          new Sized("edsr(blocks=2, features=4, scaling=0.5)", 3, 7, 5),
          new Sized("edsr(blocks=1, features=4)", 4, 5, 7),
          new Sized("espcn", 2, 7, 5),
          new Sized("fsrcnn(features=5, shrunk=3, layers=2)", 2, 7, 5),
          new Sized("fsrcnn(features=5, shrunk=3, layers=1)", 3, 5, 7),
          new Sized("imdn(blocks=1, features=16)", 2, 7, 5),
          new Sized("johnson(blocks=1, features=3)", 1, 12, 8),
          new Sized("johnson(blocks=1, features=3, norm=instance)", 4, 7, 5),
          new Sized("mdsr(blocks=1, features=4)", 3, 7, 5),
          new Sized("rcan(groups=1, blocks=2, features=4, reduction=2)", 2, 7, 5),
          new Sized("srcnn(kernels=9-3-5, color=rgb, init=he)", 2, 17, 16),
          new Sized("srresnet(blocks=1, features=4)", 4, 7, 5),
          new Sized("srresnet(blocks=1, features=4, norm=instance)", 2, 5, 7),
          new Sized("srvgg(features=4, layers=2)", 3, 7, 5),
          new Sized("vdsr(layers=4, features=4)", 2, 7, 5),
          new Sized("fsrcnn(features=5, shrunk=3, layers=1, kernel=10)", 2, 7, 5),
          new Sized("srresnet(blocks=1, features=4, output=tanh)", 2, 5, 7),
          new Sized("carn(features=4)", 4, 7, 5),
          new Sized("carn(features=4, scales=2-3)", 3, 5, 7),
          new Sized("carn-m(features=8, groups=2)", 2, 7, 5),
          new Sized("imdn-rtc(blocks=1, features=8)", 3, 7, 5),
          new Sized("imdn-rte(blocks=1, features=8)", 2, 6, 8),
          new Sized("pan(blocks=1, features=6, upsampled=3)", 3, 7, 5),
          new Sized("pan(blocks=1, features=4, upsampled=3)", 4, 5, 7),
          new Sized("rfdn(blocks=1, features=8)", 2, 17, 16),
          new Sized("rlfn(blocks=1, features=6, middle=5, attention=3)", 2, 16, 21),
          new Sized("safmn(blocks=1, features=8, hidden=6)", 2, 16, 8),
          new Sized("span(blocks=2, features=4)", 2, 7, 5),
          new Sized("span(blocks=2, features=3, mean=none)", 3, 5, 7),
          new Sized("cunet(features=8)", 1, 60, 64),
          new Sized("cunet(features=8)", 2, 42, 40),
          new Sized("dncnn(layers=4, features=4)", 1, 7, 5),
          new Sized("dncnn(layers=3, features=4, color=rgb, norm=none)", 1, 7, 5),
          new Sized("fast-style(blocks=1, features=3)", 1, 12, 8),
          new Sized("lapsrn(layers=2, features=4)", 4, 7, 5),
          new Sized("msrresnet(blocks=1, features=4)", 3, 7, 5),
          new Sized("msrresnet(blocks=1, features=4)", 4, 5, 7),
          new Sized("rrdbnet(blocks=1, features=4, growth=3)", 4, 7, 5),
          new Sized("rrdbnet(blocks=1, features=4, growth=3)", 2, 6, 4),
          new Sized("rrdbnet(blocks=1, features=4, growth=3)", 1, 8, 4),
          new Sized("upconv7(features=2)", 2, 17, 16),
          new Sized("vgg7(color=luma, features=2)", 1, 17, 16));

  /** A network of the layers that the built-in ones do not have. */
  private record OtherLayers(int scale) implements Network {

    @Override
    public String text() {
      return "other-layers";
    }

    @Override
    public ModelInfo.Color color() {
      return ModelInfo.Color.RGB;
    }

    @Override
    public int patchSize() {
      return 16;
    }

    @Override
    public FeatureMap build(Layers layers, FeatureMap input) {
      FeatureMap head = layers.convolution("head", input, 4, 3);
      FeatureMap x = layers.layerNormalization("norm", head);
      x = layers.gelu(layers.convolution("wide", x, Convolution.of(8, 1)));
      x = layers.silu(layers.convolution("deep", x, Convolution.depthwise(8, 5).dilation(2)));
      x = head.plus(layers.convolution("narrow", x, Convolution.of(4, 3).groups(2).unbiased()));
      x = layers.hardSwish(Blocks.reparameterized(layers, "branches", x, 4));
      x = x.times(layers.hardSigmoid(layers.deviation(x)));
      x = layers.nearest(x, scale).plus(layers.bilinear(x, scale));
      x = layers.pixelShuffle(layers.pixelUnshuffle(x, scale), scale);
      return layers.convolution("tail", x, 3, 3).plus(layers.bilinear(input, scale));
    }
  }

  private NetworkCases() {}

  /** Returns each network in each mode. */
  static List<GraphCase> all() {
    List<GraphCase> cases = new ArrayList<>();
    for (Sized sized : NETWORKS) {
      cases.add(of(sized, NetworkGraph.Mode.TRAINING));
    }
    cases.addAll(running());
    return List.copyOf(cases);
  }

  /** Returns each network as it is run. */
  static List<GraphCase> running() {
    List<GraphCase> cases = new ArrayList<>();
    for (Sized sized : NETWORKS) {
      cases.add(of(sized, NetworkGraph.Mode.INFERENCE));
    }
    Network others = new OtherLayers(2);
    Sized sized = new Sized(others.text(), others.scale(), 7, 5);
    cases.add(of(others, sized, NetworkGraph.Mode.INFERENCE));
    return List.copyOf(cases);
  }

  private static GraphCase of(Sized sized, NetworkGraph.Mode mode) {
    return of(Networks.of(sized.text, sized.scale), sized, mode);
  }

  private static GraphCase of(Network network, Sized sized, NetworkGraph.Mode mode) {
    Graph graph = NetworkGraph.of(network, mode).graph();
    Shape images = Shape.of(2, NetworkGraph.channels(network), sized.height, sized.width);
    Map<String, Tensor> arrays = weights(graph);
    arrays.put(NetworkGraph.INPUT, Values.UNIT.draw(images, 1));
    String name = sized.text + " x" + sized.scale + ", " + mode;
    return GraphCase.of(name, graph, arrays);
  }

  /**
   * Draws weights: the initial ones, but vectors, which are the same number everywhere at first,
   * differ from it, and so from one another.
   */
  static Map<String, Tensor> weights(Graph graph) {
    Map<String, Tensor> weights = new LinkedHashMap<>(InitialWeights.draw(graph, /* seed= */ 7));
    for (Parameter parameter : graph.parameters()) {
      if (parameter.shape().rank() == 1) {
        float[] samples = requireNonNull(weights.get(parameter.name())).samples().clone();
        float[] noise = Values.SMALL.draw(parameter.shape(), parameter.name().hashCode()).samples();
        for (int i = 0; i < samples.length; i++) {
          samples[i] += noise[i] / 4;
        }
        weights.put(parameter.name(), Tensor.of(parameter.shape(), samples));
      }
    }
    return weights;
  }
}
