// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.settings;

/** The names of the settings of an upscaler that refusals speak of. */
public final class UpscalerSettings {

  public static final SettingName APPROXIMATE_TILES = new SettingName("approximate-tiles");
  public static final SettingName EDGES = new SettingName("edges");
  public static final SettingName FALLBACK = new SettingName("fallback");
  public static final SettingName MAX_MEMORY = new SettingName("max-memory");
  public static final SettingName MAX_OPENING_TIME = new SettingName("max-opening-time");
  public static final SettingName MAX_PIXELS = new SettingName("max-pixels");
  public static final SettingName MAX_PIXELS_PER_BYTE = new SettingName("max-pixels-per-byte");
  public static final SettingName MAX_RESULT_PIXELS = new SettingName("max-result-pixels");
  public static final SettingName MAX_WAITING = new SettingName("max-waiting");
  public static final SettingName MAX_WAITING_PIXELS = new SettingName("max-waiting-pixels");
  public static final SettingName PASSES = new SettingName("passes");
  public static final SettingName PRECISION = new SettingName("precision");
  public static final SettingName SCALE = new SettingName("scale");
  public static final SettingName SELF_ENSEMBLE = new SettingName("self-ensemble");
  public static final SettingName THREADS = new SettingName("threads");
  public static final SettingName TILE_SIZE = new SettingName("tile-size");

  private UpscalerSettings() {}
}
