// SPDX-License-Identifier: Apache-2.0
package com.example.web;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.Output;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Takes a picture and answers with the enlarged one. */
@RestController
class EnlargeController {

  // snippet: controller
  private final Upscaler.Service upscalers; // one for the application, from the starter

  EnlargeController(Upscaler.Service upscalers) {
    this.upscalers = upscalers;
  }

  @PostMapping(path = "/enlarge", produces = MediaType.IMAGE_PNG_VALUE)
  CompletableFuture<byte[]> enlarge(
      @RequestBody byte[] picture,
      @RequestParam(defaultValue = "2") int scale,
      @RequestParam(defaultValue = "60000") long millis) {
    return upscalers
        .forScale(scale)
        .upscaleAsync(
            picture,
            Output.png(),
            UpscaleOptions.defaults().stripLocation().timeout(Duration.ofMillis(millis)));
  }

  @ExceptionHandler(RejectedExecutionException.class) // sr4j.max-waiting
  @ResponseStatus(HttpStatus.SERVICE_UNAVAILABLE)
  void busy() {}

  @ExceptionHandler(CancellationException.class) // the timeout
  @ResponseStatus(HttpStatus.GATEWAY_TIMEOUT)
  void late() {}

  @ExceptionHandler(ImageFormatException.class) // the message says what is wrong with the picture
  @ResponseStatus(HttpStatus.UNPROCESSABLE_CONTENT)
  String unreadable(ImageFormatException e) {
    return e.getMessage();
  }

  // end

  @ExceptionHandler(IllegalArgumentException.class) // a scale without a model
  @ResponseStatus(HttpStatus.BAD_REQUEST)
  String wrong(IllegalArgumentException e) {
    return e.getMessage();
  }

  @GetMapping("/calls")
  Upscaler.Statistics calls() {
    return upscalers.statistics();
  }
}
