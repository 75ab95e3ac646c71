// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.models;

import static java.util.Comparator.comparingDouble;
import static java.util.Comparator.comparingLong;
import static java.util.stream.Collectors.joining;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import io.github.sr4j.Model;
import io.github.sr4j.Model.Card;
import io.github.sr4j.Model.Purpose;
import io.github.sr4j.Model.Quality;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.shared.util.Providers;
import io.github.sr4j.spi.UpscalerProvider;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/** The models on the class path that are opened by name, and the choice between them. */
public final class Catalog {

  /** The wishes of a caller that chooses no model by name. */
  public record Choice(Optional<Quality> quality, Optional<Purpose> purpose) {

    /** No wishes. */
    public static final Choice NONE = new Choice(Optional.empty(), Optional.empty());

    /** Returns whether there are no wishes. */
    public boolean isNone() {
      return quality.isEmpty() && purpose.isEmpty();
    }

    private Purpose purposeOrPhoto() {
      return purpose.orElse(Purpose.PHOTO);
    }
  }

  private static final SettingName PURPOSE = new SettingName("purpose");
  private static final String BENCHMARK = "Set5";

  private final ImmutableList<UpscalerProvider> backends;
  private final ImmutableList<Model.Provider> packages;

  /**
   * Creates a catalogue.
   *
   * @param backends by falling priority
   * @param packages by name
   */
  Catalog(List<UpscalerProvider> backends, List<Model.Provider> packages) {
    this.backends = ImmutableList.copyOf(backends);
    this.packages = ImmutableList.copyOf(packages);
  }

  /** Returns the providers of models on the class path, by name. */
  public static List<Model.Provider> packagesOnClassPath() {
    return Providers.discover(
        Model.Provider.class,
        loader -> ServiceLoader.load(Model.Provider.class, loader),
        Model.Provider::name);
  }

  /**
   * Returns the cards of all models: embedded ones first, then those of packages.
   *
   * @throws IllegalStateException if a model of a package has the name of another
   */
  public List<Card> cards() {
    ImmutableList.Builder<Card> cards = ImmutableList.builder();
    Map<String, String> owners = new HashMap<>();
    for (UpscalerProvider backend : backends) {
      for (Card card : backend.embeddedModels()) {
        if (owners.putIfAbsent(card.name(), backend.name()) == null) { // else it is not opened
          card.int8().ifPresent(form -> owners.putIfAbsent(form.name(), backend.name()));
          cards.add(card);
        }
      }
    }
    for (Model.Provider provider : packages) {
      for (Card card : provider.cards()) {
        for (String name : names(card)) {
          String other = owners.putIfAbsent(name, provider.name());
          if (other != null) {
            throw new IllegalStateException(
                String.format(
                    "two models are named \"%s\": of %s and of %s; remove one from the class path",
                    name, other, provider.name()));
          }
        }
        cards.add(card);
      }
    }
    return cards.build();
  }

  /** Returns the names by which the model of a card and its int8 form are opened. */
  static List<String> names(Card card) {
    return card.int8().isPresent()
        ? List.of(card.name(), card.int8().get().name())
        : List.of(card.name());
  }

  /** Returns the int8 form of a model that is named and has one, or else the model itself. */
  public Model inInt8(Model model) {
    return Stream.of(model)
        .filter(Model::isEmbedded)
        .flatMap(named -> cards().stream().filter(card -> card.name().equals(named.name())))
        .flatMap(card -> card.int8().stream())
        .map(form -> Model.embedded(form.name()).declared(model.declaration()))
        .findFirst()
        .orElse(model);
  }

  /** Returns the model of a name if a package has it. */
  Optional<Model> packaged(String name) {
    return packages.stream()
        .filter(provider -> provider.cards().stream().anyMatch(card -> names(card).contains(name)))
        .findFirst()
        .map(provider -> provider.model(name));
  }

  /** Returns the scales that a choice is between. */
  public int[] scales(Choice choice) {
    return suitable(choice).mapToInt(Card::scale).distinct().sorted().toArray();
  }

  /**
   * Returns the chosen one of the models of a scale.
   *
   * @throws IllegalArgumentException if there is none for the purpose; the message lists all
   */
  public Card chosen(int scale, Choice choice) {
    List<Card> able = suitable(choice).filter(card -> card.scale() == scale).toList();
    if (able.isEmpty()) {
      throw new SettingException(
          "%s must be that of a model of scale %s, of which there are %s, but was %s",
          PURPOSE, scale, names(scale), text(choice.purposeOrPhoto()));
    }
    if (choice.quality().isEmpty()) {
      return able.get(0);
    }
    Comparator<Card> order =
        choice.quality().get() == Quality.FAST
            ? comparingLong(Catalog::work)
            : comparingDouble(Catalog::psnr).reversed();
    return able.stream().min(order).orElseThrow();
  }

  private Stream<Card> suitable(Choice choice) {
    return cards().stream().filter(card -> card.purpose() == choice.purposeOrPhoto());
  }

  private static long work(Card card) {
    return card.cost().map(Card.Cost::multiplyAccumulates).orElse(Long.MAX_VALUE);
  }

  private static double psnr(Card card) {
    return card.figures().stream()
        .filter(figure -> figure.images().equals(BENCHMARK))
        .mapToDouble(Card.Figure::psnr)
        .findFirst()
        .orElse(Double.NEGATIVE_INFINITY);
  }

  private String names(int scale) {
    String names =
        cards().stream()
            .filter(card -> card.scale() == scale)
            .map(card -> String.format("%s (%s)", card.name(), text(card.purpose())))
            .collect(joining(", "));
    return names.isEmpty() ? "none" : names;
  }

  /** Returns the names of all models with their scales, for messages. */
  public String names() {
    String names =
        cards().stream()
            .map(card -> String.format(Locale.ROOT, "%s (x%d)", card.name(), card.scale()))
            .collect(joining(", "));
    return names.isEmpty() ? "none" : names;
  }

  private static String text(Purpose purpose) {
    return Ascii.toLowerCase(purpose.name());
  }
}
