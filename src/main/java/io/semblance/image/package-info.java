/** From bytes or a URI to preprocessed pixels: fetch, sniff, decode, resize. */
@NullMarked
package io.semblance.image;

import org.jspecify.annotations.NullMarked;
