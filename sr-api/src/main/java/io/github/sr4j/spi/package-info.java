// SPDX-License-Identifier: Apache-2.0
/** Writing a backend: the interfaces that providers of models, networks and losses implement. */
@NullMarked
package io.github.sr4j.spi;

import org.jspecify.annotations.NullMarked;
