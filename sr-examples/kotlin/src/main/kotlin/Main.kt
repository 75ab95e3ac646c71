// SPDX-License-Identifier: Apache-2.0
package com.example.kotlin

import io.github.sr4j.Output
import io.github.sr4j.UpscaleOptions
import io.github.sr4j.Upscaler
import io.github.sr4j.files.ImageFiles
import java.nio.file.Path
import kotlin.io.path.readBytes
import kotlin.io.path.writeBytes

// snippet: kotlin
fun main(args: Array<String>) {
  val (source, target) = args.map(Path::of)
  Upscaler.builder().scale(2).build().use { upscaler ->
    val photo = ImageFiles.read(source) // a BufferedImage, upright
    val enlarged = upscaler.upscale(photo, UpscaleOptions.defaults().factor(1.5))
    println("${photo.width} to ${enlarged.width} pixels on ${upscaler.device().actual()}")
    target.writeBytes(upscaler.upscale(source.readBytes(), Output.jpeg(0.9)))
  }
}
// end
