// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.options;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Ascii;
import io.github.sr4j.Model;
import java.util.List;

/** The JSON object of a model card, as {@code sr4j models --json} prints it. */
public final class CardJson {

  private CardJson() {}

  /** Returns the object of a card. */
  public static ObjectNode of(Model.Card card) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("name", card.name())
        .put("scale", card.scale())
        .put("purpose", Ascii.toLowerCase(card.purpose().name()));
    card.cost()
        .ifPresent(
            cost ->
                node.put("multiply_accumulates", cost.multiplyAccumulates())
                    .put("parameters", cost.parameters())
                    .put("bytes", cost.bytes()));
    putFigures(node, card.figures());
    card.int8()
        .ifPresent(
            form -> {
              ObjectNode int8 = node.putObject("int8");
              int8.put("name", form.name()).put("bytes", form.bytes());
              putFigures(int8, form.figures());
            });
    card.terms()
        .ifPresent(
            terms ->
                node.put("license", terms.license()).put("training_data", terms.trainingData()));
    return node;
  }

  private static void putFigures(ObjectNode node, List<Model.Card.Figure> all) {
    ObjectNode figures = node.putObject("figures");
    for (Model.Card.Figure figure : all) {
      figures.putObject(figure.images()).put("psnr", figure.psnr()).put("ssim", figure.ssim());
    }
  }
}
