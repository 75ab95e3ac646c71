// SPDX-License-Identifier: Apache-2.0
/**
 * The contracts of the service provider interfaces, as abstract test classes to be extended; the
 * smallest implementations that do it; and generated images. For the test scope.
 */
@NullMarked
package io.github.sr4j.testkit;

import org.jspecify.annotations.NullMarked;
