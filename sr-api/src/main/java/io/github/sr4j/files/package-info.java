// SPDX-License-Identifier: Apache-2.0
/**
 * Image files, read and written in bands of rows. Exported to modules of SR4J only: hosts see it as
 * files in, files out.
 */
@NullMarked
package io.github.sr4j.files;

import org.jspecify.annotations.NullMarked;
