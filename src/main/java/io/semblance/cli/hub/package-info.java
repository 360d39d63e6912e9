/** Fetching models from the Hugging Face hub, or from a mirror that speaks as it does. */
@NullMarked
package io.semblance.cli.hub;

import org.jspecify.annotations.NullMarked;
