// SPDX-License-Identifier: Apache-2.0
/** Steps of training, by SR4J and by others. */
@NullMarked
package io.github.sr4j.benchmarks.training;

import org.jspecify.annotations.NullMarked;
