// SPDX-License-Identifier: Apache-2.0

/**
 * Tools of all of SR4J's modules: files written whole, names of files, services, versions of
 * libraries, and the words of failures.
 */
@NullMarked
package io.github.sr4j.shared.util;

import org.jspecify.annotations.NullMarked;
