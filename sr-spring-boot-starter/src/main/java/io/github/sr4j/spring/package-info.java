// SPDX-License-Identifier: Apache-2.0

/** SR4J in a Spring Boot application. */
@org.jspecify.annotations.NullMarked
package io.github.sr4j.spring;
