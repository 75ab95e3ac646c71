// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

/**
 * What became of the request for a device.
 *
 * @param requested the device asked for
 * @param actual the device in use, never {@link Device.Kind#AUTO}
 * @param reason why {@code actual} is not the best of what {@code requested} allows, in a sentence;
 *     empty if it is
 */
public record DeviceReport(Device requested, Device actual, String reason) {}
