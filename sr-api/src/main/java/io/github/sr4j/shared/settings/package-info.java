// SPDX-License-Identifier: Apache-2.0
/** The names of settings and their forms as text, and refusals that are about one. */
@NullMarked
package io.github.sr4j.shared.settings;

import org.jspecify.annotations.NullMarked;
