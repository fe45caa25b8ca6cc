// Sign-in, home, and the pages that stand in for everything else.

import { logIn, signedIn, user } from "./api.js";
import { Button, Page, html, sc, useState } from "./ui.js";

export function Login() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [step, setStep] = useState("password");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");

  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError("");
    try {
      const answer = await logIn(email, password, code);
      if (answer.verification) setStep("code");
      else location.assign("/");
    } catch (failure) {
      setError(failure.message);
    }
    setBusy(false);
  };
  return html`
    <${Page}>
      <form className=${sc("Login__Card")} onSubmit=${submit} noValidate>
        <h1>Log in</h1>
        ${step === "password"
          ? html`
              <label htmlFor="email">Email</label>
              <input
                id="email" name="email" type="email" autoComplete="username" data-testid="EmailInput"
                className=${sc("Input__Text")} value=${email} onChange=${(event) => setEmail(event.target.value)}
              />
              <label htmlFor="password">Password</label>
              <input
                id="password" name="password" type="password" autoComplete="current-password" data-testid="PasswordInput"
                className=${sc("Input__Text")} value=${password} onChange=${(event) => setPassword(event.target.value)}
              />
            `
          : html`
              <p>Enter the code we sent to ${email}</p>
              <label htmlFor="code">Verification code</label>
              <input
                id="code" name="code" inputMode="numeric" autoComplete="one-time-code" data-testid="VerificationCodeInput"
                className=${sc("Input__Text")} value=${code} onChange=${(event) => setCode(event.target.value)}
              />
            `}
        ${error && html`<p role="alert" data-testid="LoginError" className=${sc("Form__Error")}>${error}</p>`}
        <${Button} type="submit" data-testid="LoginButton" disabled=${busy || !email || !password}>Log in<//>
      </form>
    <//>
  `;
}

export function Home() {
  return html`
    <${Page}>
      <section className=${sc("Home__Hero")}>
        <h1>${signedIn() ? `Welcome back, ${user().nickname}` : "Your marketplace"}</h1>
        <p>Shop and sell almost anything.</p>
        <a href="/sell/" className=${sc("Button__Primary")}>Start selling</a>
      </section>
    <//>
  `;
}

export function Suspended() {
  return html`
    <${Page}>
      <section role="alert" className=${sc("Notice__Card")}>
        <h1>Your account has been suspended</h1>
        <p>You can not list items at this time. Check your email for the reason and how to appeal.</p>
      </section>
    <//>
  `;
}

export function NotFound() {
  return html`
    <${Page}>
      <section className=${sc("Notice__Card")}>
        <h1>Page not found</h1>
        <p>The page or item you are looking for is not here.</p>
        <a href="/">Go to the home page</a>
      </section>
    <//>
  `;
}

export function Soon({ title }) {
  return html`<${Page}><section className=${sc("Notice__Card")}><h1>${title}</h1></section><//>`;
}
