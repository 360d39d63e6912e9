/** Measurements of the product by itself: {@code semblance bench}. */
@NullMarked
package io.semblance.cli.bench;

import org.jspecify.annotations.NullMarked;
