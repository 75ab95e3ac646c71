// SPDX-License-Identifier: Apache-2.0

/** The catalogue of models, and the search for the backend that opens a model. */
@org.jspecify.annotations.NullMarked
package io.github.sr4j.shared.models;
