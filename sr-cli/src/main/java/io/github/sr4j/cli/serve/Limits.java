// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.serve;

import java.time.Duration;

/**
 * The limits of a server.
 *
 * @param maxRequests the most images in upload, waiting or in work
 * @param maxWaitingPixels the most pixels of the images waiting or in work; a single one may have
 *     more
 * @param maxBytes the most bytes of an upload
 * @param maxUploadedBytes the most bytes of all uploads in memory
 * @param maxResultBytes the most bytes of the results that wait to be fetched; a single one may
 *     have more
 * @param timeout the longest time of an upload, and of the work on an image, with its wait
 */
record Limits(
    int maxRequests,
    long maxWaitingPixels,
    long maxBytes,
    long maxUploadedBytes,
    long maxResultBytes,
    Duration timeout) {}
