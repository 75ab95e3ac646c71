// SPDX-License-Identifier: Apache-2.0

/** The training engine on LibTorch, through JavaCPP's presets. */
@NullMarked
package io.github.sr4j.torch;

import org.jspecify.annotations.NullMarked;
