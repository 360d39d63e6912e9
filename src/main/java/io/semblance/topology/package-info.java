/** The wiring of the stream and its life cycle. */
@NullMarked
package io.semblance.topology;

import org.jspecify.annotations.NullMarked;
