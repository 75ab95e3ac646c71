// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.serve;

import com.google.common.collect.Multiset;
import com.google.common.collect.TreeMultiset;
import io.github.sr4j.Upscaler;
import java.util.Locale;

/** The counts of a server, in the text format of Prometheus. Belongs to the event loop. */
final class Answers {

  private final Multiset<Integer> statuses = TreeMultiset.create();

  void count(int status) {
    statuses.add(status);
  }

  String text(Upscaler.Statistics calls, Admission admission, int jobs) {
    StringBuilder text = new StringBuilder();
    head(text, "sr4j_http_requests_total", "counter", "Requests that were answered.");
    for (Multiset.Entry<Integer> entry : statuses.entrySet()) {
      line(
          text,
          "sr4j_http_requests_total{status=\"" + entry.getElement() + "\"}",
          entry.getCount());
    }
    head(text, "sr4j_calls_total", "counter", "Images that were taken on, by what became of them.");
    line(text, "sr4j_calls_total{outcome=\"completed\"}", calls.completed());
    line(text, "sr4j_calls_total{outcome=\"failed\"}", calls.failed());
    line(text, "sr4j_calls_total{outcome=\"cancelled\"}", calls.cancelled());
    gauge(text, "sr4j_calls_running", "Images in work.", calls.running());
    gauge(text, "sr4j_calls_waiting", "Images that wait for their turn.", calls.waiting());
    gauge(text, "sr4j_images", "Images in upload, waiting or in work.", admission.requests());
    gauge(text, "sr4j_image_pixels", "Pixels of images waiting or in work.", admission.pixels());
    gauge(text, "sr4j_upload_bytes", "Bytes of uploads in memory.", admission.bytes());
    gauge(text, "sr4j_jobs", "Jobs that are kept.", jobs);
    return text.toString();
  }

  private static void gauge(StringBuilder text, String name, String help, long value) {
    head(text, name, "gauge", help);
    line(text, name, value);
  }

  private static void head(StringBuilder text, String name, String type, String help) {
    text.append(String.format(Locale.ROOT, "# HELP %s %s%n", name, help).replace("\r", ""));
    text.append(String.format(Locale.ROOT, "# TYPE %s %s%n", name, type).replace("\r", ""));
  }

  private static void line(StringBuilder text, String name, long value) {
    text.append(name).append(' ').append(value).append('\n');
  }
}
