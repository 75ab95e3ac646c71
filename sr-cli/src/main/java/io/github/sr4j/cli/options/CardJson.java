// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.options;

import com.google.common.base.Ascii;
import io.github.sr4j.Model;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The JSON object of a model card, as {@code sr4j models --json} prints it. */
public final class CardJson {

  private CardJson() {}

  /** Returns the fields of the object: texts, numbers, and objects in turn. */
  public static Map<String, Object> of(Model.Card card) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", card.name());
    fields.put("scale", card.scale());
    fields.put("purpose", Ascii.toLowerCase(card.purpose().name()));
    card.cost()
        .ifPresent(
            cost -> {
              fields.put("multiply_accumulates", cost.multiplyAccumulates());
              fields.put("parameters", cost.parameters());
              fields.put("bytes", cost.bytes());
            });
    fields.put("figures", figures(card.figures()));
    card.int8()
        .ifPresent(
            form -> {
              Map<String, Object> int8 = new LinkedHashMap<>();
              int8.put("name", form.name());
              int8.put("bytes", form.bytes());
              int8.put("figures", figures(form.figures()));
              fields.put("int8", int8);
            });
    card.terms()
        .ifPresent(
            terms -> {
              fields.put("license", terms.license());
              fields.put("training_data", terms.trainingData());
            });
    return fields;
  }

  private static Map<String, Object> figures(List<Model.Card.Figure> all) {
    Map<String, Object> figures = new LinkedHashMap<>();
    for (Model.Card.Figure figure : all) {
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("psnr", figure.psnr());
      values.put("ssim", figure.ssim());
      figures.put(figure.images(), values);
    }
    return figures;
  }
}
