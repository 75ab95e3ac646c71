// SPDX-License-Identifier: Apache-2.0
/** Recipes: one file each, named after the question that it answers, to be copied. */
@NullMarked
package io.github.sr4j.examples;

import org.jspecify.annotations.NullMarked;
