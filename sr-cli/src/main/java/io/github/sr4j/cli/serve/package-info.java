// SPDX-License-Identifier: Apache-2.0
/**
 * The local page and the service of {@code sr4j serve}. One event loop answers requests and owns
 * the state of jobs; images are read and enlarged on other threads.
 */
@NullMarked
package io.github.sr4j.cli.serve;

import org.jspecify.annotations.NullMarked;
