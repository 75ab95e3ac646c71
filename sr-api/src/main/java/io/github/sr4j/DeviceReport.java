// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

/**
 * The answer to the request for a device.
 *
 * @param requested the device asked for
 * @param actual the device in use, never {@link Device.Kind#AUTO}
 * @param reason the reason, in a sentence, why {@code actual} is not the best device that {@code
 *     requested} allows; empty if it is
 */
public record DeviceReport(Device requested, Device actual, String reason) {}
