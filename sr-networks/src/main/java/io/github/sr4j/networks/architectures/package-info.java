// SPDX-License-Identifier: Apache-2.0

/**
 * Published architectures as files of weights hold them: recognised by the names and shapes of the
 * arrays, never by the name of the file.
 */
@org.jspecify.annotations.NullMarked
package io.github.sr4j.networks.architectures;
